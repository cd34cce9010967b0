// Copyright 2026 The imagecapture_ros authors
// SPDX-License-Identifier: Apache-2.0
// Fills a message, and loads the library that would send it.

#include <cstdio>
#include <cstdlib>

#include "imagecapture_ros/msg/media_track_constraint_set.hpp"
#include "rosidl_typesupport_cpp/message_type_support.hpp"

int main()
{
  imagecapture_ros::msg::MediaTrackConstraintSet constraints;
  constraints.zoom.exact.push_back(2.0);

  const rosidl_message_type_support_t * type_support =
    rosidl_typesupport_cpp::get_message_type_support_handle<imagecapture_ros::msg::MediaTrackConstraintSet>();
  if (!get_message_typesupport_handle(type_support, "rosidl_typesupport_fastrtps_cpp")) {
    std::puts("no type support for Fast DDS");
    return EXIT_FAILURE;
  }
  std::printf("zoom: exact %g\n", constraints.zoom.exact.at(0));
}
