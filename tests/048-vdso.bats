#!/usr/bin/env bats
# 048-vdso: programs read the clocks and the number of their CPU without a
# system call, and read what the system calls say.

load helpers
READS=100000

setup_file() {
	begin_file
	pisces boot --cpu 2-3 --mem 256M --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# The system calls that the enclave has seen of a program's run.
calls_of() { # PROGRAM ARGUMENT...
	local before
	before=$(status_of '[.cpus[].calls] | add')
	pisces run "$@" >&2
	echo $(($(status_of '[.cpus[].calls] | add') - before))
}

@test "the vDSO is found, agrees with the system calls, and nothing spoils it" {
	same "$PROGRAMS/musl/vdso"
	same "$PROGRAMS/glibc/vdso"
	same "$PROGRAMS/dynamic/vdso"
	same "$PROGRAMS/dynamic/musl-vdso"
	assert_equal "$(sed -n 's/^two threads: //p' there.out)" \
		'0 times behind the other'
	grep -q '^monotonic: 0 times backwards, it goes 1' there.out
	grep -q '^CPU and node: 0 times wrong' there.out
}

@test "every C library reads clocks and CPU without system calls" {
	local program few many
	for program in musl/vdso glibc/vdso dynamic/vdso dynamic/musl-vdso; do
		few=$(calls_of "$PROGRAMS/$program" 1)
		many=$(calls_of "$PROGRAMS/$program" "$READS")
		echo "$program: $few calls, with $((9 * READS)) reads $many"
		# What the control task does differs a little from run to run.
		assert [ $((many - few)) -lt 100 ]
		assert [ $((few - many)) -lt 100 ]
	done
}
