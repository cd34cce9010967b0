# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts beside it: messages, what the system must have, and virtual environments. Sourced, never run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PYTHON=${PYTHON:-python3}

# ROS_DISTRO chooses the distribution whose wheels are meant, wherever it comes from (make run ROS_DISTRO=jazzy, or a sourced
# installation). The rest of a sourced ROS installation, another environment or a parent process that runs on the ROS 2 wheels would be mixed with
# ours. The last variable tells the wheels that LD_LIBRARY_PATH is already right.
unset PYTHONPATH PYTHONHOME AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH
unset LD_LIBRARY_PATH _ROS_WHEELS_BOOTSTRAP_COMPLETE
export PIP_DISABLE_PIP_VERSION_CHECK=1

fail() {
  printf '\nerror: %s\n' "$*" >&2
  exit 1
}

# step <what is done>: says what begins, and how long the step before it took.
step() {
  local now=$SECONDS
  [ -z "${STEP_NAME:-}" ] || printf '    (%s: %d s)\n' "$STEP_NAME" "$((now - STEP_BEGAN))"
  STEP_NAME=$1 STEP_BEGAN=$now
  [ -z "$1" ] || printf '==> %s\n' "$1"
}

can_install_packages() {
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null
}

install_packages() {
  local log
  log=$(mktemp)
  # The lists may be missing (containers) or old; one update a machine and day is enough.
  if [ -z "$(find /var/lib/apt/lists -name '*Packages*' -mtime -1 -print -quit 2>/dev/null)" ]; then
    apt-get update >"$log" 2>&1 || { cat "$log" >&2; fail 'apt-get update failed, see above'; }
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1 ||
    { cat "$log" >&2; fail "apt-get install $* failed, see above"; }
  rm -f "$log"
}

# Ends with one message that names everything the system lacks for building the package; chooses the distribution.
check_system() {
  if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    fail "there are no ROS 2 wheels for $(uname -s) on $(uname -m), only for Linux on x86_64: clone this package into" \
      "the src folder of a ROS 2 workspace and run 'colcon build' there"
  fi
  command -v "$PYTHON" >/dev/null ||
    fail "no Python '$PYTHON' found: apt-get install python3 python3-venv python3-dev (or set PYTHON to an interpreter)"
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 10))' ||
    fail "$("$PYTHON" --version) is too old: set PYTHON to a Python from 3.10 on, e.g. PYTHON=python3.12 make run"
  choose_distribution

  local version compiler missing=()
  version=$("$PYTHON" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || missing+=("$version-venv")
  "$PYTHON" -c 'import os, sysconfig; os.stat(os.path.join(sysconfig.get_path("include"), "Python.h"))' 2>/dev/null ||
    missing+=("$version-dev")
  # CC and CXX may carry options: "ccache g++".
  for compiler in "${CC:-cc}" "${CXX:-c++}"; do
    command -v "${compiler%% *}" >/dev/null || { missing+=(g++); break; }
  done
  if [ ${#missing[@]} -gt 0 ]; then
    fail "the system lacks what building the package needs; as root: apt-get install -y ${missing[*]}"
  fi
}

# choose_distribution: sets $distribution_suffix, which the names of this distribution's environments end with, and
# ROS_DISTRO, for whatever is started.
choose_distribution() {
  local answer
  answer=$("$PYTHON" "$ROOT/build_backend/distributions.py" 2>&1) || fail "$answer"
  read -r ROS_DISTRO distribution_suffix <<<"$answer"
  export ROS_DISTRO
}

# make_environment <folder>: a virtual environment of $PYTHON, made again if the folder was moved or Python changed.
make_environment() {
  local identity
  identity="$1 $("$PYTHON" -c 'import sys; print(sys.base_prefix, sys.version)')"
  if [ "$(cat "$1/made-for.txt" 2>/dev/null)" != "$identity" ]; then
    "$PYTHON" -m venv --clear "$1" || fail "could not make the virtual environment $1 with $PYTHON"
    printf '%s\n' "$identity" >"$1/made-for.txt"
  fi
}

# install_requirements <folder> <kind...>: kinds are those of requirements.py.
install_requirements() {
  local environment=$1 list
  shift
  list=$(mktemp)
  "$environment/bin/python" "$ROOT/scripts/requirements.py" "$@" >"$list"
  "$environment/bin/python" -m pip install -qq --requirement "$list" ||
    fail "pip could not install what $environment needs, see above"
  rm -f "$list"
}

# install_package <folder>: build isolation would build everything again each time, in a folder of another name.
install_package() {
  (cd "$ROOT" && "$1/bin/python" -m pip install -qq --no-build-isolation --no-deps .) ||
    fail 'building or installing the package failed, see above'
}

# prepare_environment <kind...>: the environment of the chosen distribution, in $environment, with these requirements.
prepare_environment() {
  environment=$ROOT/.venv$distribution_suffix
  step "Environment in .venv$distribution_suffix: ROS 2 $ROS_DISTRO (the first time downloads about 200 MB)"
  make_environment "$environment"
  install_requirements "$environment" "$@"
}

# python_for_tests: sets $python to $TEST_PYTHON, or else to that of .venv, with the package and all it needs.
python_for_tests() {
  python=${TEST_PYTHON:-}
  [ -z "$python" ] || return 0
  check_system
  prepare_environment build runtime test
  install_package "$environment"
  python=$environment/bin/python
}
