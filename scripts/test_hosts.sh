#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make test-hosts`: a camera and its clients on two machines, which are two network namespaces joined by a cable; once
# clean, and once with packets lost. Arguments go to pytest. TEST_PYTHON is the interpreter that runs the tests, if
# not that of .venv.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

[ "$(id -u)" -eq 0 ] || fail "network namespaces need root: run sudo make test-hosts"
PATH=$PATH:/sbin:/usr/sbin
packages=(iproute2 nftables)
if ! command -v ip >/dev/null || ! command -v nft >/dev/null; then
  can_install_packages || fail "the system lacks what joins and disturbs networks: install ${packages[*]}"
  step "System packages"
  install_packages "${packages[@]}"
fi
trial=imagecapture-trial-$$
ip netns add "$trial" 2>/dev/null ||
  fail "this machine allows no network namespaces: in Docker run with --privileged, in other containers ask its owner"
ip netns exec "$trial" nft add table netdev trial 2>/dev/null ||
  { ip netns delete "$trial"; fail "the kernel has no nftables in network namespaces, so no packets can be lost on purpose"; }
ip netns delete "$trial"

python_for_tests
cd "$ROOT"
step "Two hosts (about five minutes)"
PYTHONPATH=$ROOT IMAGECAPTURE_TEST_HOSTS=yes "$python" -m pytest -q -rs -p no:cacheprovider test/hosts "$@"
step ""
cat output/hosts.md
