"""Cameras: one module or folder per kind of device behind one protocol, without ROS."""
