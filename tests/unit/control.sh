#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# control.sh [TEST]: build tests/unit/TEST.c (test_control) on the host and run
# it: with the control task's own code, whose system calls are the co-kernel's file
# functions.
set -e
cd "$(dirname "$0")/../.."
. tests/unit/kernel_sources
test=${1:-test_control}
build=build/unit/$test.objects
mkdir -p "$build"
cc="${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror
	-fsanitize=address,undefined -fno-sanitize-recover=all"
for call in open close read write ioctl fcntl dup2 stat lstat mkdir chmod \
	lchown fchown fchmod unlink link linkat symlink mknod readlink utimensat futimens \
	fchdir chdir chroot umask ppoll waitpid kill setsid execve _exit \
	sigaction sigprocmask signal syscall; do
	echo "$call call_$call"
done >"$build/calls"
for source in cokernel/init/*.c; do
	name=$(basename "$source" .c)
	case $name in
	main) extra='-Dmain=control_main -Dstatic=' ;;
	launch) extra='-include tests/unit/control_shim.h' ;;
	*) extra= ;;
	esac
	# shellcheck disable=SC2086
	$cc $extra -DPISCES_CONTROL_TASK -idirafter cokernel -I include \
		-U_FORTIFY_SOURCE -c -o "$build/$name.o" "$source"
	objcopy --redefine-syms="$build/calls" "$build/$name.o"
done
# shellcheck disable=SC2086
$cc -ffreestanding -I cokernel -I cokernel/lib/std -I include -I . \
	-o "build/unit/$test" "tests/unit/$test.c" "$build"/*.o $kernel_sources
exec "build/unit/$test"
