#!/usr/bin/env bats
# 110-quiet: while a program computes in the enclave its CPU takes no interrupt
# at all, whatever Linux does.

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

# Makes Linux send interrupts to all CPUs it ever started, for so long or until
# the program PID has ended. Sets $rounds to the full rounds it made.
disturb() { # SECONDS [PID]
	local end=$((SECONDS + $1)) other=$((CPU - 1))
	"$p/noise" 100000000000 | sha256sum >/dev/null 3>&- &
	local hash=$!
	rounds=0
	while [ $SECONDS -lt "$end" ]; do
		# Static keys are patched on all CPUs; so are modules' mappings
		# taken out of all of them.
		echo 1 >/proc/sys/kernel/sched_schedstats
		echo 0 >/proc/sys/kernel/sched_schedstats
		modprobe loop
		modprobe -r loop
		cat /proc/sys/vm/stat_refresh
		[ -d "/proc/${2-$$}" ] || break
		rounds=$((rounds + 1))
	done
	if [ $other -gt 0 ]; then
		echo 0 >$sys_cpu/cpu$other/online
		echo 1 >$sys_cpu/cpu$other/online
	fi
	pkill -P $$ -x sha256sum || :
	wait $hash || :
}

@test "10 seconds of computing, without a single interrupt" {
	local before calls pid
	"$PISCES" run "$p/spin" 20 >out 3>&- &
	pid=$!
	wait_until 60 grep -q spinning out
	before=$(counters)
	calls=$(function_calls)
	disturb 10 $pid
	assert_equal "$(counters)" "$before"
	wait $pid
	assert_equal "$(counters)" "$before"
	# This is what the enclave was spared.
	echo "in $rounds rounds $(($(function_calls) - calls)) function calls"
	assert [ $rounds -gt 0 ]
	assert [ $(($(function_calls) - calls)) -gt 0 ]
}

@test "a sleeping enclave takes no interrupt either" {
	local before
	before=$(counters)
	disturb 3
	assert_equal "$(counters)" "$before"
}

@test "the counters do count: a timer runs where two programs share the CPU" {
	local before
	before=$(status_of '.cpus[0].timer')
	start_pisces run "$p/spin" 2 >one
	pisces run "$p/spin" 2
	wait $pid
	assert [ "$(status_of '.cpus[0].timer')" -gt "$before" ]
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
