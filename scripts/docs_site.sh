#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make docs-site`: the documentation as a site in build/site; a broken link or a page that is not listed is an error.
# Neither ROS nor a compiler is needed. Arguments go to sphinx-build.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

command -v "$PYTHON" >/dev/null || fail "no Python '$PYTHON' found: apt-get install python3 python3-venv"
environment=$ROOT/.venv-docs
step "Environment in .venv-docs"
make_environment "$environment"
install_requirements "$environment" docs
step "Site"
"$environment/bin/sphinx-build" -q -W --keep-going -j auto -c "$ROOT/docs" "$@" "$ROOT" "$ROOT/build/site" ||
  fail 'the site was not made, see above'
step ""
printf 'build/site/index.html\n'
