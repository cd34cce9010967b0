# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# Lets a CMake project build against the ROS 2 wheels from PyPI, and makes what it exports relocatable.
#
# ROS 2 installations do not need this file, which is why CMakeLists.txt knows nothing of it. It comes in from outside:
#
#   cmake -DCMAKE_PROJECT_<project name>_INCLUDE=<this file> ...
#
# * The targets exported by the wheels name include directories of the machine the wheels were built on (its Python and
#   its numpy). CMake refuses directories that do not exist, so they are dropped.
# * Our own interface targets name Python's and numpy's include directories of this machine. They are needed here, and
#   kept from the exported files.
# * The generated C++ sources of a library all include the same large headers. Compiled several at a time they take a
#   fraction of the time. (The C sources cannot be: they repeat names.)

function(ros_wheels_drop_missing_includes)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(directories ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(NOT directories)
      continue()
    endif()
    set(present "")
    foreach(directory IN LISTS directories)
      if(NOT IS_ABSOLUTE "${directory}" OR EXISTS "${directory}")
        list(APPEND present "${directory}")
      endif()
    endforeach()
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${present}")
  endforeach()
endfunction()

function(ros_wheels_keep_includes_local)
  get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(directories ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(NOT directories)
      continue()
    endif()
    # Replacing the absolute entries one by one keeps generator expressions, which may hold semicolons, whole.
    set(kept "")
    foreach(directory IN LISTS directories)
      if(IS_ABSOLUTE "${directory}")
        set(directory "$<BUILD_INTERFACE:${directory}>")
      endif()
      list(APPEND kept "${directory}")
    endforeach()
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${kept}")
  endforeach()
endfunction()

function(ros_wheels_compile_together)
  get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    if(target MATCHES "__rosidl_typesupport_(cpp|fastrtps_c|fastrtps_cpp|introspection_cpp)$")
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_RELOCATABLE ON)
    endif()
  endforeach()
endfunction()

# At the end of the project's CMakeLists.txt, when all targets are known.
cmake_language(DEFER CALL ros_wheels_drop_missing_includes)
cmake_language(DEFER CALL ros_wheels_keep_includes_local)
cmake_language(DEFER CALL ros_wheels_compile_together)
