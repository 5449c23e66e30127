#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build the vDSO and tests/unit/test_vdso.c on the host, and run it.
set -e
cd "$(dirname "$0")/../.."
build=build/unit
mkdir -p $build
make -s -C cokernel ../build/cokernel/vdso.so >/dev/null
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-idirafter cokernel -I include -I . -o $build/test_vdso tests/unit/test_vdso.c
exec $build/test_vdso build/cokernel/vdso.so
