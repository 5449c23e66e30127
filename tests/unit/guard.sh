#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_guard.c and the system calls it makes on the host; run
# it.
set -e
cd "$(dirname "$0")/../.."
. tests/unit/kernel_sources
build=build/unit
mkdir -p $build
set -- "$build/test_guard"
# shellcheck disable=SC2086 # words
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I cokernel -I cokernel/lib/std -I include -o "$1" \
	tests/unit/test_guard.c $kernel_sources cokernel/sys/info.c \
	cokernel/sys/sched.c
exec "$@"
