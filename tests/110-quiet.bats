#!/usr/bin/env bats
# 110-quiet: while a program computes in the enclave its CPU takes no interrupt
# at all, whatever Linux does.

load helpers
ROUNDS=${ROUNDS:-2}
BATS_TEST_TIMEOUT=$((300 + ROUNDS * 60))

setup_file() {
	begin_file
	boot
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	p=$PROGRAMS/musl
}

counters() {
	status_of '.cpus[0] | {timer, broadcast, device, spurious}'
}

# What Linux's CPUs were asked by others to do at once.
function_calls() {
	awk '$1 == "CAL:" { for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i }
		END { print n }' /proc/interrupts
}

# Makes Linux send interrupts to all CPUs it ever started: 20 changes of a
# static key, which is patched on all of them, a module that comes and goes twice,
# whose mappings all of them must forget, and a CPU that goes and comes.
disturb() { # ROUNDS
	local round i
	"$p/noise" 100000000000 | sha256sum >/dev/null 3>&- &
	local hash=$!
	for ((round = 0; round < $1; round++)); do
		for ((i = 0; i < 10; i++)); do
			echo 1 >/proc/sys/kernel/sched_schedstats
			echo 0 >/proc/sys/kernel/sched_schedstats
		done
		for ((i = 0; i < 2; i++)); do
			modprobe loop
			modprobe -r loop
		done
		cat /proc/sys/vm/stat_refresh
		[ "$CPU" -lt 2 ] || {
			echo 0 >$sys_cpu/cpu$((CPU - 1))/online
			echo 1 >$sys_cpu/cpu$((CPU - 1))/online
		}
	done
	pkill -P $$ -x sha256sum || :
	wait $hash || :
}

@test "a CPU that computes takes not a single interrupt" {
	local before calls
	start_pisces run "$p/spin" 1000000 >out
	wait_until 60 grep -q spinning out
	before=$(counters)
	calls=$(function_calls)
	disturb "$ROUNDS"
	assert_equal "$(counters)" "$before"
	# This is what the enclave was spared.
	calls=$(($(function_calls) - calls))
	echo "$ROUNDS rounds, $calls function calls"
	assert [ $calls -ge $((ROUNDS * 20)) ]
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 143
}

@test "a sleeping enclave takes no interrupt either" {
	local before
	before=$(counters)
	disturb 1
	assert_equal "$(counters)" "$before"
}

@test "the counters do count: a timer runs where two programs share the CPU" {
	local before
	before=$(status_of '.cpus[0].timer')
	start_pisces run "$p/spin" 1000000 >one
	wait_until 60 grep -q spinning one
	pisces run "$p/spin" 2
	assert [ "$(status_of '.cpus[0].timer')" -gt "$before" ]
	kill -TERM $pid
	wait_for $pid
	# And no longer.
	before=$(status_of '.cpus[0].timer')
	pisces run "$p/spin" 2
	assert_equal "$(status_of '.cpus[0].timer')" "$before"
}

@test "a sleeping program has its timer, and no more than that" {
	local before
	before=$(status_of '.cpus[0].timer')
	pisces run "$p/sleepy"
	assert [ "$(status_of '.cpus[0].timer')" -gt "$before" ]
	assert [ "$(status_of '.cpus[0].timer')" -lt $((before + 20)) ]
}
