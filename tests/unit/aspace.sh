#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# aspace.sh [TEST [ARGUMENT...]]: build tests/unit/TEST.c (test_aspace), the
# co-kernel's address spaces before a fake memory; run it.
set -e
cd "$(dirname "$0")/../.."
build=build/unit test=${1:-test_aspace}
[ $# = 0 ] || shift
mkdir -p $build
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I cokernel -I cokernel/lib/std -I include -o "$build/$test" \
	"tests/unit/$test.c" cokernel/mm/aspace.c \
	cokernel/mm/region.c cokernel/mm/region_tree.c \
	cokernel/mm/limit.c cokernel/mm/locked.c cokernel/mm/advise.c \
	cokernel/mm/policy.c cokernel/mm/move.c \
	cokernel/mm/populate.c cokernel/mm/protect.c cokernel/mm/remap.c \
	cokernel/mm/fault.c cokernel/mm/share.c
exec "$build/$test" "$@"
