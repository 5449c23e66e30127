#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_library.c and compare what it finds for programs of this
# machine with what their loader says that it loads.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build/unit
mkdir -p $build
gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -I. -Iinclude \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-o $build/test_library tests/unit/test_library.c lib/library.c \
	lib/library-cache.c lib/elf.c lib/bundle*.c lib/links.c lib/root.c \
	lib/archive*.c lib/decompress.c lib/hash.c lib/program.c lib/file.c \
	lib/error.c lib/text.c

# The libraries that the loader loads: all that has a path.
loads() { # PROGRAM
	ldd "$1" | sed -n 's#^[^/]*\(/[^ ]*\) (0x.*#\1#p' | sort -u
}

# What we would ship, without the loader's own files and what glibc loads later.
ships() { # PROGRAM
	$build/test_library "$1" |
		grep -vE '^/etc/|/libgcc_s\.so\.1$|/glibc-hwcaps/' | sort -u
}

programs=()
for name in bash gcc git python3 perl qemu-system-x86_64 sort awk grep tar ssh \
	gdb strace jq make; do
	path=$(command -v "$name") || continue
	path=$(readlink -f "$path")
	! ldd "$path" >/dev/null 2>&1 || programs+=("$path")
done

n=0
echo "1..$((${#programs[@]} + 4))"
for program in "${programs[@]}"; do
	n=$((n + 1))
	if diff <(loads "$program" | grep -v '/libgcc_s\.so\.1$') \
		<(ships "$program") >&2; then
		echo "ok $n - $program"
	else
		echo "not ok $n - $program"
	fi
done
n=$((n + 1))
if [ ${#programs[@]} -ge 4 ]; then
	echo "ok $n - there were programs to look at"
else
	echo "not ok $n - there were programs to look at"
fi
# Loaders go on without a library that LD_PRELOAD names in vain.
n=$((n + 1))
if LD_PRELOAD=/nowhere/lib.so $build/test_library "${programs[0]}" 2>/dev/null |
	diff - <($build/test_library "${programs[0]}") >&2; then
	echo "ok $n - a library to preload that is not there"
else
	echo "not ok $n - a library to preload that is not there"
fi
# Two program headers, of which the first would lie before the file.
n=$((n + 1))
cp "${programs[0]}" $build/wrapped
printf '\xc8\xff\xff\xff\xff\xff\xff\xff' |
	dd of=$build/wrapped bs=1 seek=32 conv=notrunc status=none
printf '\x02\x00' | dd of=$build/wrapped bs=1 seek=56 conv=notrunc status=none
if [[ $($build/test_library "$PWD/$build/wrapped" || :) == error:*damaged* ]]; then
	echo "ok $n - headers that are not in the file"
else
	echo "not ok $n - headers that are not in the file"
fi
n=$((n + 1))
if $build/test_library cache /etc/ld.so.cache "${1:-1}" | sed 's/^/# /'; then
	echo "ok $n - a damaged list of libraries hurts nobody"
else
	echo "not ok $n - a damaged list of libraries hurts nobody"
fi
