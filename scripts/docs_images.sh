#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make docs-images`: draw the pictures of the documentation anew.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

unset ROS_DISTRO # they are the same with every distribution
environment=$ROOT/.venv
if [ ! -x "$environment/bin/python" ]; then
  check_system
  prepare_environment build runtime
fi
"$environment/bin/python" "$ROOT/scripts/contact_sheet.py"
