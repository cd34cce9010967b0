#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make run`: from a fresh checkout to pictures of the simulated camera.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

check_system
prepare_environment build runtime
step "Build (the first time takes a few minutes)"
install_package "$environment"
step "Demonstration"
cd "$ROOT"
exec "$environment/bin/imagecapture" demo --output output
