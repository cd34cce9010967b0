#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make docs-images`: draw the pictures of the documentation anew.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

environment=$ROOT/.venv
if [ ! -x "$environment/bin/python" ]; then
  check_system
  make_environment "$environment"
  install_requirements "$environment" build runtime
fi
"$environment/bin/python" "$ROOT/scripts/contact_sheet.py"
