#!/bin/bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# The tests under the kernel's drivers, inside the virtual machine of scripts/test_v4l2.sh: run.sh PYTHON [PYTEST ARGUMENTS]
set -u
python=$1
shift
pytest=("$python" -m pytest -p no:cacheprovider -p no:xdist --timeout 600 -q -ra --durations 3 -o faulthandler_timeout=300)
export PYTHONPATH=$PWD V4L2_BENCH=kernel
failed=0
if [ $# -gt 0 ]; then
  [[ "$*" != *vivid* ]] || modprobe vivid node_types=0x1 num_inputs=1 input_types=0 multiplanar=1
  exec "${pytest[@]}" "$@"
fi
echo "==> The contract on the emulated camera, under uvcvideo"
"${pytest[@]}" test/cameras/backends/v4l2/contract || failed=1
echo "==> The node on the emulated camera, under uvcvideo"
"${pytest[@]}" test/kernel/test_node.py || failed=1
echo "==> A clock that is set"
"${pytest[@]}" test/kernel/test_clock.py || failed=1
echo "==> vivid, with all its faults"
modprobe vivid node_types=0x1 num_inputs=1 input_types=0 multiplanar=1
"${pytest[@]}" test/kernel/test_vivid.py || failed=1
exit $failed
