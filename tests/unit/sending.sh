#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_sending.c and the co-kernel's signals on the host; run
# it.
set -e
cd "$(dirname "$0")/../.."
build=build/unit
mkdir -p $build
set -- "$build/test_sending"
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I cokernel -I cokernel/lib/std -I include -o "$1" \
	tests/unit/test_sending.c cokernel/task/signal.c \
	cokernel/task/pending.c cokernel/task/wait_queue.c
exec "$@"
