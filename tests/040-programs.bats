#!/usr/bin/env bats
# 040-programs: unmodified static programs do the same in the enclave as on
# Linux, byte for byte: C with musl and glibc, static-pie, C++, Fortran, and
# Debian's busybox.

load helpers

setup_file() {
	begin_file
	boot
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	boot_if_gone
}

# The same program of both C libraries.
in_both_libraries() { # PROGRAM ARGUMENT...
	local libc program=$1
	shift
	for libc in musl glibc; do
		same "$PROGRAMS/$libc/$program" "$@"
	done
}

@test "C: hello" {
	in_both_libraries hello
	same "$PROGRAMS/pie/hello"
	assert_equal "$(cat there.out)" 'hello from C, 3.143'
}

@test "C: arguments and environment" {
	in_both_libraries args one two 'three four'
	export MARK=here
	in_both_libraries envdump MARK HOME UNSET
}

@test "C: memory: malloc, brk, mmap, mprotect, mremap" {
	in_both_libraries memory
	same "$PROGRAMS/pie/memory"
	grep -q '^mremap: 1 MiB to 8' there.out
}

@test "C: files in the enclave's memory" {
	in_both_libraries files
	in_both_libraries files /tmp
	grep -q '^1000 files made and removed, 0 failures' there.out
}

@test "C: signal handlers, alternate stacks, masks" {
	in_both_libraries sigs
	grep -q 'on the other stack: 1' there.out
}

@test "C: clocks and sleep" {
	in_both_libraries sleepy
	grep -q '^0 times backwards' there.out
}

@test "C: the clocks are Linux's" {
	local before after there real_before real_after real
	before=$("$PROGRAMS/musl/sleepy" here | cut -d' ' -f2)
	real_before=$("$PROGRAMS/musl/sleepy" here | cut -d' ' -f3)
	run -0 pisces run "$PROGRAMS/musl/sleepy" there
	there=$(cut -d' ' -f2 <<<"$output")
	real=$(cut -d' ' -f3 <<<"$output")
	after=$("$PROGRAMS/musl/sleepy" here | cut -d' ' -f2)
	real_after=$("$PROGRAMS/musl/sleepy" here | cut -d' ' -f3)
	assert [ "$before" -le "$there" ]
	assert [ "$there" -le "$after" ]
	assert [ "$real_before" -le "$real" ]
	assert [ "$real" -le "$real_after" ]
}

@test "C: vector and floating-point registers" {
	in_both_libraries registers 2 1
}

@test "C: registers are kept apart when two programs share the CPU" {
	local pids=() i
	for i in 1 2 3; do
		"$PISCES" run "$PROGRAMS/musl/registers" 20 $i >there.$i 3>&- &
		pids+=($!)
	done
	for i in 1 2 3; do
		wait "${pids[i - 1]}"
		"$PROGRAMS/musl/registers" 20 $i | diff - there.$i
	done
}

@test "C: computing without system calls" {
	in_both_libraries spin 1
}

@test "C: both output streams" {
	in_both_libraries both
}

@test "C: copy with odd sizes" {
	"$PROGRAMS/musl/noise" 3000000 >noise
	input=noise in_both_libraries copy
}

@test "C++: streams, containers, exceptions" {
	seq 10 >lines
	input=lines same "$PROGRAMS/c++/hello"
	assert_equal "$here_status" 5
}

@test "Fortran: formatted output, arrays, files" {
	seq 0.5 0.5 100 >numbers
	options=(--with numbers)
	same "$PROGRAMS/fortran/hello" numbers
	assert_equal "$here_status" 4
	grep -q '^200 numbers' there.out
}

@test "Fortran: a file that is missing" {
	same "$PROGRAMS/fortran/hello" not-there
	assert_equal "$here_status" 3
}

# Debian's static busybox, with a file of text and one of noise at hand.
busybox() { # APPLET ARGUMENT...
	[ -e text ] || {
		seq 3000 | awk '{ print $1 * 7919 % 3001, "word" $1 % 10 }' >text
		"$PROGRAMS/musl/noise" 500000 >noise
	}
	options=(--with text --with noise)
	same "$(type -P busybox)" "$@"
}

@test "busybox cat" {
	busybox cat text noise
	busybox cat text no-such-file
	input=text busybox cat
}

@test "busybox sha256sum" {
	busybox sha256sum noise text
	input=noise busybox sha256sum
}

@test "busybox sort" {
	busybox sort text
	busybox sort -n -k1 text
	busybox sort -u -k2,2 -r text
	input=text busybox sort -n
}

@test "busybox wc" {
	busybox wc text noise
	busybox wc -l text
	input=noise busybox wc
}

@test "busybox awk" {
	busybox awk '{ n[$2] += $1 } END { for (w in n) s += n[w]; print s }' text
	busybox awk 'BEGIN { printf "%.6f %s\n", exp(1), toupper("x") }'
	input=text busybox awk 'NR % 100 == 0 { print NR, $0 }'
}

@test "busybox dd" {
	input=noise busybox dd bs=777 count=100 skip=3 status=none
	busybox dd if=noise bs=4096 skip=10 count=20 status=noxfer
}

@test "busybox ls" {
	mkdir -p empty
	cp "$(type -P busybox)" .
	options=()
	run -0 pisces run --with busybox --with /etc/passwd:list/passwd \
		--with /etc/group:list/group "$(type -P busybox)" ls list
	assert_output $'group\npasswd'
	run -0 pisces run --with /etc/passwd:list/passwd \
		"$(type -P busybox)" ls -l list
	assert_line --regexp "^-rw-r--r-- .* $(stat -c %s /etc/passwd) .* passwd$"
	busybox ls no-such-folder
}

@test "busybox uname: a Linux of this machine's kind, but not this one" {
	busybox uname -s
	busybox uname -m
	run -0 pisces run "$(type -P busybox)" uname -n
	assert_output "$NAME"
	run -0 pisces run "$(type -P busybox)" uname -v
	refute_output "$(uname -v)"
}

@test "an applet that is reached by its name" {
	ln -s "$(type -P busybox)" ./sha256sum
	seq 100 >text
	options=(--with text)
	same ./sha256sum text
}

@test "numbers of programs and of system calls are counted" {
	local calls
	calls=$(status_of '.cpus[0].calls')
	pisces run "$PROGRAMS/glibc/hello"
	assert [ "$(status_of '.cpus[0].calls')" -gt "$calls" ]
	assert_equal "$(status_of .missing_calls)" 0
}
