#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_scan.c, and programs of which we know what they do: do
# its findings agree, whatever compiler and C library made them? [SEED]
set -euo pipefail
cd "$(dirname "$0")/../.."
seed=${1:-1}
build=build/unit/scan
mkdir -p $build
blob/calls >$build/calls.c
# NAME OPTION...
compile() {
	local name=$1
	shift
	gcc -std=gnu11 -g -Wall -Wextra -Werror -I. "$@" -o "$build/$name" \
		tests/unit/test_scan.c $build/calls.c lib/scan.c \
		lib/scan-graph.c lib/flow.c lib/x86.c lib/image.c \
		lib/image-dynamic.c lib/image-code.c lib/needs.c lib/elf.c
}
# lib/elf.c takes headers from where a file has them, also from odd places.
compile test_scan -O1 -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-sanitize=alignment
compile test_scan_fast -O2

cat >$build/lib.c <<'END'
#define _GNU_SOURCE
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/swap.h>

static int open_socket(int family, int type)
{
	return socket(family, type, 0);
}

int used(void) { return open_socket(16, 3); }
/* Nobody calls it. */
int unused(void) { return mount("", "", "", 0, NULL); }

/* Reached by a table of a table. */
static int by_table(void) { return (int)ptrace(PTRACE_TRACEME, 0, 0, 0); }
struct one { const char *name; int (*call)(void); };
static const struct one ones[] = { { "a", NULL }, { "b", by_table } };
static const struct one *const tables[] = { ones };
int table(int i) { return tables[i][i].call(); }

/* As is another one, to which nothing leads. */
static int other(void) { return swapon("", 0); }
const struct one unused_table[] = { { "c", other } };
int many(int i) { return unused_table[i].call(); }
END
cat >$build/program.c <<'END'
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int used(void);
int table(int);

/* Numbers and families go through functions before they are used. */
__attribute__((noinline)) static long ask(long a, long number)
{
	return syscall(number, a);
}

__attribute__((noinline)) static int connect_to(int a, int b, int family)
{
	return socket(family, a, b);
}

__attribute__((noinline)) static long loop(int n)
{
	long number = SYS_getppid, sum = 0;

	for (int i = 0; i < n; i++)
		sum += syscall(number);
	return sum;
}

int main(int argc, char **argv)
{
	const char *device = argc > 5 ? "/dev/null" : "/dev/net/tun";

	ask(0, argc > 1 ? SYS_bpf : SYS_acct);
	connect_to(2, 0, AF_PACKET);
	connect_to(1, 0, AF_UNIX);
	loop(argc);
	puts(device);
#ifdef LIBRARY
	return used() + table(argc);
#endif
	return argc > 3 ? connect_to(1, 0, argv[1][0]) : 0;
}
END
gcc -O2 -fPIC -shared -s -o $build/liblib.so $build/lib.c
gcc -O2 -DLIBRARY -s -o $build/dynamic $build/program.c -L$build -llib
gcc -O1 -DLIBRARY -s -no-pie -fno-pie -o $build/fixed $build/program.c \
	-L$build -llib
gcc -O2 -static -s -o $build/static $build/program.c
gcc -Os -static-pie -s -o $build/static-pie $build/program.c
musl-gcc -O2 -static -s -o $build/musl $build/program.c
musl-gcc -O2 -s -o $build/musl-dynamic $build/program.c
if command -v clang >/dev/null; then
	clang -O2 -DLIBRARY -s -o $build/clang $build/program.c -L$build -llib
fi
libc=$(ldd /bin/true | sed -n 's#.* => \(/[^ ]*/libc\.so\.6\) .*#\1#p')
loader=$(ldd /bin/true | sed -n 's#^[[:space:]]*\(/[^ ]*ld-linux[^ ]*\) .*#\1#p')

n=0
ok() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
	fi
}

finds() { # LINE: in $build/out
	grep -qx "$1" $build/out || {
		echo "# there is no line '$1' in"
		sed 's/^/#   /' $build/out
		return 1
	}
}

# What all variants of the program do.
common() {
	finds 'call bpf 0' && finds 'call acct 0' && finds 'call getppid 0' &&
		finds 'call exit_group 0.*' && finds 'family 17 0' &&
		finds 'family 1 0' && finds 'string /dev/net/tun 0' &&
		! finds 'call reboot.*' >/dev/null
}

for kind in static static-pie musl; do
	$build/test_scan $build/$kind >$build/out
	common && finds 'call writev 0' && finds 'family ? 0' &&
		finds 'verdict vm' && status=0 || status=1
	ok "$status" "a program as $kind"
done
for kind in dynamic fixed clang; do
	[ -e $build/$kind ] || continue
	$build/test_scan $build/$kind $build/liblib.so "$libc" "$loader" \
		>$build/out
	common && finds 'family 16 1' && finds 'call ptrace 1' &&
		! finds 'call mount.*' >/dev/null &&
		! finds 'call swapon.*' >/dev/null && status=0 || status=1
	ok "$status" "a program with a library, as $kind"
done
$build/test_scan $build/musl-dynamic /lib/ld-musl-x86_64.so.1 >$build/out
common && status=0 || status=1
ok "$status" "a program with musl's library"

# All code of some real ones, as objdump reads it, which takes fwait alone as
# part of what comes behind.
sweep() { # FILE
	local words
	read -ra words <<<"$(readelf -SW "$1" |
		sed -n 's/.* \.text *PROGBITS *\(\(\w* \)\{2\}\w*\).*/\1/p')"
	$build/test_scan sweep "$1" "${words[@]}" >$build/ours
	objdump -d -j .text "$1" | grep -vE '^ +[0-9a-f]+:	9b ' |
		sed -nE 's/^ +([0-9a-f]+):	.*	.*/\1/p' >$build/theirs
	comm -13 <(sort $build/ours) <(sort $build/theirs) >$build/differ
	[ -s $build/theirs ] && [ ! -s $build/differ ]
}
for file in "$libc" "${libc/libc/libm}" $build/static $build/musl "$(readlink -f /bin/bash)"; do
	sweep "$file" && status=0 || status=1
	ok "$status" "instructions of $file"
done

# Real programs, of which it is known what they need.
judged() { # VERDICT PROGRAM...
	local verdict=$1 program path libraries wrong=
	shift
	for program; do
		path=$(command -v "$program") || continue
		path=$(readlink -f "$path")
		[ "$(head -c 2 "$path")" != '#!' ] || continue
		mapfile -t libraries < <(ldd "$path" 2>/dev/null |
			sed -n 's#^[^/]*\(/[^ ]*\) (0x.*#\1#p')
		$build/test_scan_fast "$path" "${libraries[@]}" >$build/out
		grep -qx "verdict $verdict" $build/out || wrong+=" $program"
		echo "# $program: $(grep -v '^call\|^family\|^string' \
			$build/out | tr '\n' ';')"
	done
	[ -z "$wrong" ] || echo "# wrong:$wrong"
	[ -z "$wrong" ]
}
judged run ls cat sort cp dd date df bash dash gawk mawk jq perl python3.11 \
	python3.13 sqlite3 gcc make git tar sed grep find ps vim busybox \
	openssl node cmake mke2fs xz && status=0 || status=1
ok "$status" 'ordinary programs'
judged vm mount umount ip strace gdb dmsetup kmod losetup iptables ping \
	tcpdump kexec perf swapon unshare nsenter qemu-system-x86_64 curl ssh \
	systemctl && status=0 || status=1
ok "$status" 'programs that need another kernel'

ASAN_OPTIONS=detect_leaks=1 $build/test_scan damage "$seed" $build/dynamic \
	$build/liblib.so $build/musl && status=0 || status=1
ok "$status" 'damaged files hurt nobody'
echo "1..$n"
