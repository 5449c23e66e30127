#!/usr/bin/env bats
# 111-within: a CPU that computes is not disturbed by the other CPUs of its own
# enclave either, whatever these do.
# machine: --cpus 6 --mem 3G
# kernel: any

load helpers
QUIET_SECONDS=${QUIET_SECONDS:-10}
BATS_TEST_TIMEOUT=$((300 + QUIET_SECONDS * 4))
LIMIT=$((60 + QUIET_SECONDS * 2))
p=$PROGRAMS/musl

setup_file() {
	begin_file
	[ "$CPU" -ge 5 ] || unfit "there are fewer than 6 CPUs"
	pisces boot --cpu 2-5 --mem 512M --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	pids=()
}

teardown() {
	[ ${#pids[@]} = 0 ] || kill -KILL "${pids[@]}" || :
}

# All that could have stopped the program on a CPU, and did not.
what_happened() { # CPU
	status_of ".cpus[] | select(.cpu == $1) |
		{interrupts, nmi, faults, calls, switches}"
}

# A program on these CPUs, in the background.
on_cpus() { # LIST PROGRAM...
	local list=$1 name
	shift
	name=${1##*/}
	start_pisces run --cpus "$list" "$@" >"$name.out" 2>"$name.err"
	pids+=("$pid")
}

@test "one CPU computes, the others fork, map, sleep and print: nothing" {
	local before printed forked
	on_cpus 5 "$p/spin" 1000000
	wait_until 60 grep -q spinning spin.out
	on_cpus 2-4 "$p/churn" 1
	on_cpus 2-4 "$p/crowd" bomb
	on_cpus 2-4 "$p/yes" again
	on_cpus 2-4 "$p/alarms" 1000000
	wait_until 60 [ -s churn.out ]
	wait_until 60 [ -s yes.out ]
	before=$(what_happened 5)
	printed=$(stat -c %s yes.out)
	forked=$(status_of '[.cpus[].switches] | add')
	sleep "$QUIET_SECONDS"
	assert_equal "$(what_happened 5)" "$before"
	# The others were at work.
	assert [ "$(stat -c %s yes.out)" -gt "$printed" ]
	assert [ "$(status_of '[.cpus[].switches] | add')" -gt $((forked + 100)) ]
}

@test "a numerical program on all CPUs has no page fault once it has begun" {
	local before faults='[.cpus[].faults] | add'
	start_pisces run "$PROGRAMS/openmp/cg" 4 1000000 >cg.out 2>cg.err
	pids+=("$pid")
	wait_until 60 grep -q steady cg.out
	before=$(status_of "$faults")
	sleep "$QUIET_SECONDS"
	assert_equal "$(status_of "$faults")" "$before"
}

@test "a timer that was stopped on another CPU interrupts nobody" {
	local before timer='.cpus[] | select(.cpu == 4) | .timer'
	on_cpus 4,5 "$p/moved"
	wait_until 60 grep -q computing moved.out
	before=$(status_of "$timer")
	wait_for "$pid"
	assert_equal "$status" 0
	assert_equal "$(status_of "$timer")" "$before"
}
