#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_elf.c on the host and run it on executables of each
# kind: [SEED [ROUNDS]].
set -e
cd "$(dirname "$0")/../.."
build=build/unit
mkdir -p $build
cc=${HOSTCC:-gcc}
printf 'char bss[5 << 20]; int data[999] = { 1 }; int main(void) { return %s; }' \
	'bss[1] + data[3]' >$build/sample.c
$cc -static -no-pie -o $build/sample-static $build/sample.c
$cc -static-pie -o $build/sample-pie $build/sample.c
$cc -no-pie -o $build/sample-dynamic $build/sample.c
$cc -pie -fPIE -o $build/sample-dynamic-pie $build/sample.c
$cc -static-pie -Wl,-z,max-page-size=0x200000 -o $build/sample-large \
	$build/sample.c
$cc -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I cokernel -I cokernel/lib/std -I include -o $build/test_elf \
	tests/unit/test_elf.c cokernel/task/elf.c cokernel/mm/aspace.c \
	cokernel/mm/region.c cokernel/mm/region_tree.c \
	cokernel/mm/limit.c cokernel/mm/locked.c cokernel/mm/advise.c \
	cokernel/mm/policy.c cokernel/mm/move.c \
	cokernel/mm/populate.c cokernel/mm/protect.c \
	cokernel/mm/remap.c cokernel/mm/fault.c cokernel/mm/share.c \
	cokernel/mm/describe.c
exec $build/test_elf "$@" -- $build/sample-static $build/sample-pie \
	$build/sample-large $build/sample-dynamic $build/sample-dynamic-pie
