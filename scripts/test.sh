#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make test`: style, types and tests. Arguments go to pytest: `scripts/test.sh test/cameras -k photo`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

# Network streams are tested against a real server, video files and streams are made with ffmpeg, what is written into
# photos is read by exiftool, and xmllint reads package.xml.
test_packages=(
  ffmpeg gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  gstreamer1.0-plugins-ugly libimage-exiftool-perl libxml2-utils python3-gi
)

has_test_packages() {
  command -v ffmpeg >/dev/null && command -v exiftool >/dev/null && command -v xmllint >/dev/null &&
    /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' 2>/dev/null &&
    [ -e "$(find /usr/lib -name libgstx264.so -print -quit 2>/dev/null)" ]
}

check_system
if ! has_test_packages; then
  if can_install_packages; then
    step "System packages for the tests"
    install_packages "${test_packages[@]}"
  else
    printf 'note: tests of video files, network streams and EXIF, and a check of package.xml, need system packages; as root: apt-get install -y %s\n' \
      "${test_packages[*]}"
  fi
fi

prepare_environment build runtime test
step "Build"
install_package "$environment"
cd "$ROOT"
if [ -z "$distribution_suffix" ]; then # the sources are the same for the others
  step "Style and types"
  bash scripts/lint.sh
fi
step "Tests"
# Tests that share something expensive are in one group and stay on one worker.
# More workers than the two cores that there may be: most tests wait most of the time.
"$environment/bin/python" -m pytest -n 4 --dist loadgroup "$@"
step ""
