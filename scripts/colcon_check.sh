#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make colcon-check`: builds and tests the package as ROS users do, in a colcon workspace over the ROS 2 wheels.
#
# scripts/colcon_check.sh [environment]: the virtual environment to use, default .venv-colcon, or .venv-colcon-jazzy with
# ROS_DISTRO=jazzy and so on (or $COLCON_CHECK_VENV). It must not hold our own wheel: with two copies of the libraries it is chance which one a process loads.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

check_system
environment=${1:-${COLCON_CHECK_VENV:-$ROOT/.venv-colcon$distribution_suffix}}
package=imagecapture_ros

[[ $environment != *[[:space:]]* ]] ||
  fail "colcon's own scripts do not run a Python in a folder with a space: COLCON_CHECK_VENV=/another/folder make colcon-check"
if ! command -v ccache >/dev/null && can_install_packages; then
  step "ccache"
  install_packages ccache
fi

step "Environment in $environment: ROS 2 $ROS_DISTRO"
make_environment "$environment"
install_requirements "$environment" build runtime test workspace
if "$environment/bin/python" -m pip show -qq "$package" 2>/dev/null; then
  fail "$environment holds an installed $package: remove it (pip uninstall $package), or give another environment"
fi

workspace=$(mktemp -d)
trap 'rm -rf "$workspace"' EXIT
source=$workspace/src/$package
mkdir -p "$source"
# A copy, because the check edits it. The anchored names are what builds leave in a checkout.
tar -C "$ROOT" --exclude-vcs --anchored --exclude=./build --exclude=./dist --exclude=./install --exclude=./log \
  --exclude=./output --exclude='./.venv*' -cf - . | tar -C "$source" -xf -

export PATH=$environment/bin:$PATH
export AMENT_PREFIX_PATH=$environment CMAKE_PREFIX_PATH=$environment
export CCACHE_BASEDIR=$workspace # the second build has other folders
export COLCON_LOG_PATH=$workspace/log
# CMakeLists.txt hands this to the tests. Only what depends on how the package was built is tested again: interfaces,
# entry points, installed files. `make test` tests everything.
kept=" cli cli/test_main.py cli/test_run.py packaging node node/test_services.py node/test_stream.py conftest.py"
kept+=" node/conftest.py fixtures "
export PYTEST_ADDOPTS="-n 3 --dist loadgroup"
for path in "$source"/test/* "$source"/test/cli/* "$source"/test/node/*; do
  [[ $kept == *" ${path#"$source/test/"} "* ]] || PYTEST_ADDOPTS+=" --ignore=$path"
done

cmake_arguments=(
  -G Ninja
  "-DCMAKE_PROJECT_${package}_INCLUDE=$source/cmake/ros_wheels.cmake"
  "-DPython3_EXECUTABLE=$environment/bin/python"
)
if command -v ccache >/dev/null; then
  cmake_arguments+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi

# build <name> [colcon arguments]: into $workspace/<name>/{build,install}
build() {
  local name=$1
  shift
  (cd "$workspace" && colcon build --base-paths src --build-base "$name/build" --install-base "$name/install" \
    --event-handlers console_cohesion- console_direct- "$@" --cmake-args "${cmake_arguments[@]}") >"$workspace/$name.txt" 2>&1 ||
    { cat "$workspace/$name.txt" "$workspace"/log/latest_build/"$package"/stdout_stderr.log >&2 || true
      fail "colcon build $* failed, see above"; }
}

# inside <name> <command...>: runs in a shell that sourced the workspace, away from the sources.
inside() {
  local name=$1
  shift
  (
    cd "$workspace/$name"
    set +u # the generated scripts read variables that may be unset
    # shellcheck disable=SC1091
    . install/setup.bash
    set -u
    "$@"
  )
}

step "colcon build --symlink-install"
build linked --symlink-install

step "An edit shows without a build"
printf "\nCOLCON_CHECK = 'edited'\n" >>"$source/$package/mediacapture/__init__.py"
inside linked python3 -c "
import $package.mediacapture as module
assert '/linked/install/' in module.__file__, module.__file__
assert module.COLCON_CHECK == 'edited'
" || fail 'after --symlink-install an edit of the sources does not show: were files copied instead of linked?'

step "colcon build"
build copied
inside copied python3 -c "
import pathlib, $package.mediacapture as module
path = pathlib.Path(module.__file__)
assert '/copied/install/' in str(path) and not path.is_symlink(), path
" || fail 'the modules are not where colcon build should have installed them'

step "colcon test"
(cd "$workspace" && colcon test --base-paths src --build-base copied/build --install-base copied/install \
  --event-handlers console_cohesion- --return-code-on-test-failure) >"$workspace/test.txt" 2>&1 || test_failed=1
# pytest's closing line; without one, whatever there is.
grep -E '^ *=+ .* in [0-9.]+s' "$workspace/copied/build/$package/ament_cmake_pytest/pytest.txt" || cat "$workspace/test.txt"
(cd "$workspace" && colcon test-result --test-result-base copied/build --verbose) ||
  fail 'tests fail in the colcon workspace, see above'
[ -z "${test_failed:-}" ] || { cat "$workspace/test.txt"; fail 'colcon test failed, see above'; }

step "The executables of the sourced workspace"
executables=$workspace/copied/install/$package/lib/$package
inside copied "$executables/imagecapture" --help >/dev/null || fail "$package/imagecapture --help failed, see above"
inside copied timeout 60 "$executables/imagecapture" demo --output "$workspace/output" ||
  fail 'the demonstration failed in the sourced workspace, see above'

step ""
echo "colcon check passed in $SECONDS s"
