#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_nvme.c, the co-kernel's NVMe driver before a fake
# controller; run it.
set -e
cd "$(dirname "$0")/../.."
build=build/unit
mkdir -p $build
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I tests/unit/fake_mmio -I cokernel -I cokernel/lib/std -I include \
	-o $build/test_nvme tests/unit/test_nvme.c cokernel/block/nvme*.c \
	cokernel/task/wait_queue.c
exec $build/test_nvme
