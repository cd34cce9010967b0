"""The W3C model: vocabulary, capabilities, constraints, tracks and ImageCapture, without ROS and without a camera."""
