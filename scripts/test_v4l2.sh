#!/usr/bin/env bash
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# `make test-v4l2`: Linux cameras under the kernel's own drivers, in a virtual machine: no camera and no special rights are
# needed. Debian's kernel runs in QEMU on this machine's files, read-only; in there an emulated USB camera is plugged into
# the real uvcvideo, and vivid, the kernel's test driver, fails in all its ways. Arguments go to pytest in the machine.
# TEST_PYTHON is the interpreter that runs the tests, if not that of .venv; V4L2_TEST_MINUTES how long it may take.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$(dirname "$0")/environment.sh"

packages=(qemu-system-x86 busybox-static kmod cpio)
missing=()
command -v qemu-system-x86_64 >/dev/null || missing+=(qemu-system-x86)
[ -x /bin/busybox ] && /bin/busybox true 2>/dev/null || missing+=(busybox-static)
command -v depmod >/dev/null || [ -x /sbin/depmod ] || missing+=(kmod)
command -v cpio >/dev/null || missing+=(cpio)
if [ ${#missing[@]} -gt 0 ]; then
  can_install_packages || fail "the tests under a kernel need system packages; as root: apt-get install -y ${packages[*]}"
  step "System packages for the virtual machine"
  install_packages "${packages[@]}"
fi
PATH=$PATH:/sbin:/usr/sbin

python_for_tests

bed=$ROOT/build/v4l2
mkdir -p "$bed"
if [ ! -e "$bed/kernel/made" ]; then
  step "Debian's kernel (70 MB, once)"
  command -v apt-get >/dev/null || fail "the kernel comes from a Debian mirror, and there is no apt-get on this machine"
  # The one of the cloud has no media drivers.
  image=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image-[0-9]/ { print $2; exit }')
  [ -n "$image" ] || fail "apt knows no Debian kernel (linux-image-amd64); run apt-get update on a Debian system"
  rm -rf "$bed/kernel" "$bed/download"
  mkdir -p "$bed/kernel" "$bed/download"
  (cd "$bed/download" && apt-get download "$image") >"$bed/download.log" 2>&1 ||
    { cat "$bed/download.log" >&2; fail "apt-get download $image failed, see above; apt-get update may help"; }
  dpkg -x "$bed"/download/*.deb "$bed/kernel"
  rm -rf "$bed/download"
  version=$(basename "$bed"/kernel/lib/modules/*)
  depmod -b "$bed/kernel" "$version"
  touch "$bed/kernel/made"
fi
version=$(basename "$bed"/kernel/lib/modules/*)

step "Initial file system"
initial=$bed/initial
rm -rf "$initial"
mkdir -p "$initial"/{bin,proc,sys,dev,lower,upper,root,modules}
cp /bin/busybox "$initial/bin/"
modules=()
for name in virtio_pci 9pnet_virtio 9p overlay; do
  while read -r word path _; do
    [ "$word" = insmod ] || continue
    cp -n "$path" "$initial/modules/" 2>/dev/null || true
    [[ " ${modules[*]} " == *" $(basename "$path") "* ]] || modules+=("$(basename "$path")")
  done < <(modprobe -d "$bed/kernel" -S "$version" --show-depends "$name")
done
cat >"$initial/init" <<END
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in ${modules[*]}; do insmod /modules/\$module; done
how=version=9p2000.L,trans=virtio,msize=512000
mount -t 9p -o ro,\$how,cache=loose host /lower || exec sh
mount -t tmpfs tmpfs /upper; mkdir /upper/data /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /root || exec sh
mkdir -p /root/lib/modules
ln -sfn "$bed/kernel/lib/modules/$version" "/root/lib/modules/$version"
for folder in proc sys dev; do mkdir -p /root/\$folder; mount --move /\$folder /root/\$folder; done
mount -t tmpfs tmpfs /root/run; mkdir -p /root/dev/shm /root/dev/pts
mount -t tmpfs tmpfs /root/dev/shm; mount -t devpts devpts /root/dev/pts
mkdir -p /root/exchange; mount -t 9p -o rw,\$how,cache=none exchange /root/exchange
exec switch_root /root /bin/bash /exchange/run.sh
END
chmod 755 "$initial/init"
(cd "$initial" && find . | cpio -o -H newc --quiet | gzip -1) >"$bed/initial.gz"

arguments=
[ $# -eq 0 ] || arguments=$(printf '%q ' "$@")
exchange=$bed/exchange
rm -rf "$exchange"
mkdir -p "$exchange"
cat >"$exchange/run.sh" <<END
#!/bin/bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TERM=dumb PYTHONDONTWRITEBYTECODE=1
cd "$ROOT"
{
  ip link set lo up 2>/dev/null || /bin/busybox ifconfig lo 127.0.0.1 up
  hostname guest
  modprobe -a vhci-hcd uvcvideo && bash test/kernel/run.sh "$python" $arguments
  echo \$? >/exchange/code
} >/exchange/log 2>&1
dmesg >/exchange/dmesg
sync
echo o >/proc/sysrq-trigger
sleep 10
END

minutes=${V4L2_TEST_MINUTES:-40}
step "Tests in the virtual machine, with Linux $version (at most $minutes minutes; log in build/v4l2/exchange/log)"
timeout "${minutes}m" qemu-system-x86_64 \
  -accel tcg,thread=multi -cpu max -smp 2 -m 2560 -M pc -nodefaults -no-user-config -display none -no-reboot \
  -serial "file:$exchange/console" -kernel "$bed/kernel/boot/vmlinuz-$version" -initrd "$bed/initial.gz" \
  -append "console=ttyS0 quiet panic=-1 tsc=reliable" \
  -fsdev "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap" \
  -device virtio-9p-pci,fsdev=host,mount_tag=host \
  -fsdev "local,id=exchange,path=$exchange,security_model=none" \
  -device virtio-9p-pci,fsdev=exchange,mount_tag=exchange &
machine=$!
trap 'kill "$machine" 2>/dev/null || true' EXIT
touch "$exchange/log"
tail -n +1 -f --pid="$machine" "$exchange/log"
wait "$machine" || true
trap - EXIT
step ""
code=$(cat "$exchange/code" 2>/dev/null || true)
if [ -z "$code" ]; then
  tail -n 50 "$exchange/console" >&2
  fail "the virtual machine did not come to an end within $minutes minutes, or did not start; its console is above"
fi
[ "$code" = 0 ] || fail "tests failed under the kernel's drivers, see above"
echo "Linux cameras passed under the kernel's drivers in $SECONDS s"
