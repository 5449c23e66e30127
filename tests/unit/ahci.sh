#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ahci.sh [TEST]: build tests/unit/TEST.c (test_ahci), the co-kernel's AHCI driver
# before a fake HBA; run it.
set -e
cd "$(dirname "$0")/../.."
build=build/unit test=${1:-test_ahci}
mkdir -p $build
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I tests/unit/fake_mmio -I cokernel -I cokernel/lib/std -I include \
	-o "$build/$test" "tests/unit/$test.c" cokernel/block/ahci*.c \
	cokernel/block/ata.c \
	cokernel/task/wait_queue.c
exec "$build/$test"
