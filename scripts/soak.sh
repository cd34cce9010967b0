#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make soak`: a node for a long time; fails when it dies or what it holds grows. Arguments go to the benchmark:
# `scripts/soak.sh --minutes 10 --json numbers.json`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

check_system
prepare_environment build runtime
step "Build"
install_package "$environment"
step "Soak"
cd "$ROOT"
"$environment/bin/python" benchmarks/soak.py "$@"
step ""
