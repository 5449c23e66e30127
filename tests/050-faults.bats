#!/usr/bin/env bats
# 050-faults: a program that does wrong ends as on Linux, and the enclave lives
# on.

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
	up=$(status_of .uptime_ns)
}

# The enclave is still the same one, and works.
teardown() {
	assert [ "$(status_of .uptime_ns)" -gt "$up" ]
	pisces run "$PROGRAMS/musl/hello"
}

dies() { # HOW STATUS
	local libc
	for libc in musl glibc; do
		same "$PROGRAMS/$libc/killme" "$1"
		assert_equal "$here_status" "$2"
	done
}

@test "a read through a null pointer: SIGSEGV" {
	dies null 139
}

@test "a jump to nowhere: SIGSEGV" {
	dies jump 139
}

@test "a division by zero: SIGFPE" {
	dies divide 136
}

@test "an invalid instruction: SIGILL" {
	dies ud2 132
}

@test "a privileged instruction: SIGSEGV" {
	dies hlt 139
}

@test "a stack overflow: SIGSEGV" {
	dies overflow 139
}

@test "a write to constants: SIGSEGV" {
	dies rodata 139
}

@test "running data: SIGSEGV" {
	dies nx 139
}

@test "a non-canonical address: SIGSEGV" {
	dies noncanonical 139
}

@test "an address of the kernel's: SIGSEGV" {
	dies kernel 139
}

@test "a breakpoint: SIGTRAP" {
	dies int3 133
}

@test "abort: SIGABRT" {
	dies abort 134
}

@test "bad pointers in system calls: EFAULT" {
	local libc
	"$PROGRAMS/musl/noise" 100000 >noise
	for libc in musl glibc; do
		# A pipe, as the enclave's standard input is one.
		here=$("$PROGRAMS/$libc/efault" < <(cat noise))
		there=$(pisces run "$PROGRAMS/$libc/efault" < <(cat noise))
		diff <(echo "$here") <(echo "$there")
	done
	[ "$(grep -c 'Bad address' <<<"$there")" -gt 80 ]
}

@test "more memory than there is: ENOMEM" {
	same "$PROGRAMS/musl/memory"
	grep -q '^64 TiB: Out of memory' there.out
}

@test "a program that ends takes a thread along that never ran" {
	local round
	for round in 1 2 3 4 5; do
		run -3 pisces run "$PROGRAMS/musl/early"
	done
	[ "$(status_of .tasks)" = 1 ]
}

@test "signals as fast as they can leave the enclave to others" {
	start_pisces run "$PROGRAMS/musl/alarms" >out
	wait_until 60 grep -q alarmed out
	same "$PROGRAMS/musl/hello"
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 143
}

@test "all faults in turn, a hundred times, leak nothing" {
	local free how i
	# Whatever a first run needs for good.
	for how in null overflow abort; do
		pisces run "$PROGRAMS/musl/killme" $how >there || :
	done
	wait_until 10 no_sessions
	free=$(status_of .memory_free)
	for ((i = 0; i < 33; i++)); do
		for how in null overflow abort; do
			pisces run "$PROGRAMS/musl/killme" $how >there || :
		done
	done
	wait_until 10 no_sessions
	wait_until 10 memory_is_back "$free"
}

no_sessions() {
	[ "$(status_of .sessions)" = 0 ]
}
