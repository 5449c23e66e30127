#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# disk.sh [TEST [SEED [STEPS]]]: build tests/unit/TEST.c (test_disk) and the
# co-kernel's disks on the host; run it.
set -e
cd "$(dirname "$0")/../.."
. tests/unit/kernel_sources
build=build/unit test=${1:-test_disk}
mkdir -p $build
[ $# = 0 ] || shift
# shellcheck disable=SC2086 # words
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I cokernel -I cokernel/lib/std -I include -o "$build/$test" \
	"tests/unit/$test.c" cokernel/block/disk*.c \
	cokernel/block/partition.c $kernel_sources
exec "$build/$test" "$@"
