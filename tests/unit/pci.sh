#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# pci.sh TEST: build tests/unit/TEST.c and the co-kernel's PCI layer on the host; run
# it.
set -e
cd "$(dirname "$0")/../.."
build=build/unit test=$1
mkdir -p $build
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I cokernel -I cokernel/lib/std -I include -o "$build/$test" \
	"tests/unit/$test.c" cokernel/pci/pci*.c cokernel/task/wait_queue.c
exec "$build/$test"
