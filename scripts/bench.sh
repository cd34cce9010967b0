#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make bench`: streams to subscribers, next to a node written by hand and the floor. Arguments go to the benchmark:
# `scripts/bench.sh --only 640x480 --seconds 2`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

check_system
prepare_environment build runtime
step "Build"
install_package "$environment"
step "Streaming"
cd "$ROOT"
"$environment/bin/python" benchmarks/streaming.py "$@"
step ""
