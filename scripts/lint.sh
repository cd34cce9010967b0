#!/usr/bin/env bash
# `make lint`: ruff, mypy, and shellcheck where there is one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

environment=$ROOT/.venv
if [ ! -x "$environment/bin/mypy" ]; then
  check_system
  make_environment "$environment"
  install_requirements "$environment" build runtime test
fi
cd "$ROOT"
"$environment/bin/ruff" check .
"$environment/bin/mypy"
if command -v shellcheck >/dev/null; then
  shellcheck scripts/*.sh .ci/run
fi
