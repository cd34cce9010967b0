"""Runs the camera node: ``python -m imagecapture_ros.ros``."""

import sys

from imagecapture_ros.ros.main import main

if __name__ == '__main__':
    sys.exit(main())
