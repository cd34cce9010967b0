#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make lint`: ruff, mypy and package.xml; shellcheck and xmllint where they are installed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

# The sources are the same for every distribution; the types of rclpy are those of the default.
unset ROS_DISTRO
environment=$ROOT/.venv
if [ ! -x "$environment/bin/mypy" ]; then
  check_system
  prepare_environment build runtime test
fi
cd "$ROOT"
"$environment/bin/ruff" check .
"$environment/bin/mypy"
"$environment/bin/python" scripts/check_package_xml.py
if command -v xmllint >/dev/null; then
  xmllint --nonet --noout package.xml
fi
if command -v shellcheck >/dev/null; then
  shellcheck scripts/*.sh .ci/run
fi
