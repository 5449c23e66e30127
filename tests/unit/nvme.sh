#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# nvme.sh [TEST]: build tests/unit/TEST.c (test_nvme), the co-kernel's NVMe driver
# before a fake controller; run it.
set -e
cd "$(dirname "$0")/../.."
build=build/unit test=${1:-test_nvme}
mkdir -p $build
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I tests/unit/fake_mmio -I cokernel -I cokernel/lib/std -I include \
	-o "$build/$test" "tests/unit/$test.c" cokernel/block/nvme*.c \
	cokernel/task/wait_queue.c
exec "$build/$test"
