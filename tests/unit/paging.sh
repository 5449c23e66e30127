#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_paging.c on the host and run it: [SEED [STEPS]].
set -e
cd "$(dirname "$0")/../.."
build=build/unit
mkdir -p $build
set -- "$build/test_paging" "$@"
${HOSTCC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-DREAL_PAGING -fsanitize=address,undefined -fno-sanitize-recover=all \
	-I cokernel -I cokernel/lib/std -I include -o "$1" \
	tests/unit/test_paging.c cokernel/mm/aspace.c \
	cokernel/mm/region.c cokernel/mm/region_tree.c \
	cokernel/mm/limit.c cokernel/mm/locked.c cokernel/mm/advise.c \
	cokernel/mm/policy.c cokernel/mm/move.c \
	cokernel/mm/populate.c cokernel/mm/protect.c cokernel/mm/remap.c \
	cokernel/mm/fault.c cokernel/mm/share.c cokernel/mm/describe.c \
	cokernel/mm/paging.c
exec "$@"
