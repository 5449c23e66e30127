#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_events.c, the co-kernel's epolls and what they watch on
# the host; run it: [SEED].
set -e
cd "$(dirname "$0")/../.."
build=build/unit
mkdir -p $build
set -- "$build/test_events" "$@"
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I cokernel -I cokernel/lib/std -I include -o "$1" \
	tests/unit/test_events.c cokernel/fs/*.c cokernel/sys/file*.c \
	cokernel/sys/epoll.c cokernel/sys/event.c cokernel/sys/sigmask.c \
	cokernel/task/wait_queue.c cokernel/task/usage.c cokernel/host/session.c \
	cokernel/host/control.c cokernel/host/stream.c \
	cokernel/host/stream_tty.c cokernel/host/terminal.c \
	cokernel/host/window.c
exec "$@"
