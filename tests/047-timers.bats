#!/usr/bin/env bats
# 047-timers: timers, CPU time and job control are as on Linux, on two CPUs of
# an enclave; and who sets no timer is not interrupted by one.

load helpers

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

# A program that says "ok" or "WRONG", in both C libraries: right here and
# there, in memory that is all back afterwards.
all_right() { # PROGRAM
	local libc free
	for libc in musl glibc; do
		free=$(status_of .memory_free)
		same "$PROGRAMS/$libc/$1"
		run -0 tail -n 1 there.out
		assert_output '0 wrong'
		wait_until 30 memory_is_back "$free"
	done
}

# Interrupts of the CPUs' own timers.
interrupts() {
	status_of '[.cpus[].timer] | add'
}

@test "timers: of real time and of CPU time, clocks, limits, what is used" {
	all_right timers
}

@test "jobs: all threads stop and go on, orphans, what parents are told" {
	all_right jobs
}

@test "sigcases: order, waiting, the flags of an action" {
	all_right sigcases
}

@test "a timer of CPU time interrupts when it expires, and not else" {
	local before taken times
	before=$(interrupts)
	run -0 pisces run "$PROGRAMS/musl/timers" profile
	taken=$(($(interrupts) - before))
	times=${output% times}
	echo "$times times, $taken interrupts"
	# A busy machine may take the emulated CPU away for several periods.
	assert [ $times -ge 10 ]
	assert [ $times -le 51 ]
	assert [ $taken -ge $times ]
	assert [ $taken -le $((2 * times + 10)) ]
}

@test "CPU time of programs that share a CPU is their own" {
	local a b
	start_pisces run "$PROGRAMS/musl/spin" 3 >/dev/null
	pisces run "$PROGRAMS/musl/spin" 3 >/dev/null
	wait $pid
	# The CPUs' times of all that ran, in ticks of 10 ms.
	run -0 pisces run --with /bin/busybox -- /bin/busybox cat /proc/stat
	a=$(awk '$1 == "cpu" { print $2 + $4 }' <<<"$output")
	b=$(awk '$1 == "cpu" { print $5 }' <<<"$output")
	echo "busy $a, idle $b"
	assert [ "$a" -ge 300 ]
	assert [ "$b" -gt 0 ]
	assert_line --regexp '^cpu1 [0-9]+ 0 [0-9]+ [0-9]+ 0'
}

@test "a sleep until a time of day goes on when that is set back" {
	start_pisces run "$PROGRAMS/musl/until" 4 >out
	wait_until 60 grep -q sleeping out
	date --set="@$(($(date +%s) - 5))" >&2
	wait_for $pid
	date --set="@$(($(date +%s) + 5))" >&2
	assert_equal "$status" 0
	assert_equal "$(cat out)" $'sleeping\nin time'
}
