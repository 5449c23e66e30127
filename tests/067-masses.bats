#!/usr/bin/env bats
# 067-masses: many threads, many processes, more than there is room for: each
# ends with an error of its own, and the enclave answers.
# machine: --mem 3G
# kernel: any

load helpers
# How many programs run in a row.
RUNS=${RUNS:-40}
BATS_TEST_TIMEOUT=$((400 + RUNS * 2))
p=$PROGRAMS/musl

setup_file() {
	begin_file
	pisces boot --cpu 2-3 --mem 256M --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	free=$(status_of .memory_free)
	pid=
}

teardown() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || :
}

@test "a thousand threads at once" {
	local libc
	# Page tables for that many kernel stacks stay.
	pisces run "$p/masses" threads 1000
	free=$(status_of .memory_free)
	for libc in musl glibc; do
		same "$PROGRAMS/$libc/masses" threads 1000
		assert_equal "$(cat there.out)" '1000 threads: 499500, 499500'
		wait_until 60 memory_is_back "$free"
	done
}

@test "a thousand processes in sequence, and 200 at once" {
	local libc
	for libc in musl glibc; do
		same "$PROGRAMS/$libc/masses" sequence 1000
		assert_equal "$(cat there.out)" '1000 processes: 49500'
		same "$PROGRAMS/$libc/masses" once 200
		assert_equal "$(cat there.out)" '200 processes at once: 9900'
		wait_until 60 memory_is_back "$free"
	done
}

# While nothing more is to be had, the enclave answers; then all is back.
answers() { # WHAT-FAILS
	wait_until 200 grep -q "^$1: no more" out
	run ! grep -v "^$1: no more\$" out
	pisces status "$NAME" >status.out
	pisces ps -e "$NAME" >ps.out
	grep -q masses ps.out
	# A program more has room, or is refused in a clear line.
	run pisces run "$p/hello"
	[ "$status" = 0 ] || assert_output --regexp '^pisces: .*memory'
	kill -KILL $pid
	wait_for $pid
	wait_until 60 memory_is_back "$free"
	run -0 pisces run "$p/hello"
}

@test "a fork bomb ends with errors" {
	# Page tables for that many kernel stacks stay.
	start_pisces run "$p/masses" forks >out
	wait_until 200 grep -q "^fork: no more" out
	kill -KILL $pid
	wait_for $pid
	wait_until 60 nothing_runs
	free=$(status_of .memory_free)
	start_pisces run "$p/masses" forks >out
	answers fork
}

nothing_runs() {
	[ "$(status_of .sessions)" = 0 ]
}

@test "a memory bomb ends with errors" {
	start_pisces run "$p/masses" memory >out
	answers mmap
}

@test "programs in a row lose not a frame" {
	local n
	for ((n = 0; n < 20; n++)); do
		pisces run "$p/hello" >out
	done
	free=$(status_of .memory_free)
	for ((n = 0; n < RUNS; n++)); do
		pisces run "$p/hello" >out
		cmp -s out <("$p/hello") || fail "run $n: $(cat out)"
	done
	assert_equal "$(status_of .memory_free)" "$free"
}
