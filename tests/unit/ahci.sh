#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_ahci.c, the co-kernel's AHCI driver before a fake
# HBA; run it.
set -e
cd "$(dirname "$0")/../.."
build=build/unit
mkdir -p $build
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I tests/unit/fake_mmio -I cokernel -I cokernel/lib/std -I include \
	-o $build/test_ahci tests/unit/test_ahci.c cokernel/block/ahci*.c \
	cokernel/block/ata.c \
	cokernel/task/wait_queue.c
exec $build/test_ahci
