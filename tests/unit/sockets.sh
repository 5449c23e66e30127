#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_sockets.c and the co-kernel's sockets on the host; run it.
set -e
cd "$(dirname "$0")/../.."
build=build/unit
mkdir -p $build
set -- "$build/test_sockets"
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I cokernel -I cokernel/lib/std -I include -o "$1" \
	tests/unit/test_sockets.c cokernel/fs/*.c cokernel/sys/file*.c \
	cokernel/sys/socket*.c cokernel/sys/sigmask.c \
	cokernel/sys/epoll.c \
	cokernel/task/wait_queue.c cokernel/task/usage.c \
	cokernel/host/session.c cokernel/host/control.c \
	cokernel/host/stream.c cokernel/host/stream_tty.c \
	cokernel/host/terminal.c cokernel/host/window.c
exec "$@"
