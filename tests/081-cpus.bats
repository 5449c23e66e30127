#!/usr/bin/env bats
# 081-cpus: CPUs that cannot be granted: one that never started, one switched
# off by SMT control, the last one that Linux has.
# machine: --append maxcpus=3 --append cpu0_hotplug --append iomem=relaxed --qemu -cpu --qemu max,vendor=GenuineIntel --qemu -smp --qemu 4,sockets=1,cores=2,threads=2

load helpers

setup_file() {
	begin_file
	pisces load
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	machine_state >before
	taken=
}

teardown() {
	local cpu
	pisces destroy --all
	for cpu in $taken; do
		echo 1 >$sys_cpu/cpu$cpu/online
	done
}

# Takes all CPUs but one offline, until the test's end.
leave_only() { # CPU
	local cpu path
	[ -e $sys_cpu/cpu$1 ] || unfit "there is no CPU $1"
	for path in "$sys_cpu"/cpu[0-9]*/online; do
		cpu=${path//[!0-9]/}
		[ "$(cat "$path")" = 1 ] || continue
		[ "$cpu" != "$1" ] || continue
		echo 0 >"$path"
		taken+=" $cpu"
	done
	machine_state >before
}

refused() { # MESSAGE ARGUMENT...
	local message=$1
	shift
	run -1 --separate-stderr pisces boot "$@"
	assert_equal "$stderr" "pisces: $message"
	assert_output ''
	assert_equal "$(pisces list --json)" '[]'
	machine_state | diff before -
}

@test "a CPU that never started is refused" {
	grep -qw maxcpus=3 /proc/cmdline || unfit "all CPUs were started"
	refused "CPU 3 was never started by Linux (maxcpus=?): start it once with 'echo 1 > $sys_cpu/cpu3/online'" \
		--cpu 3
}

@test "a CPU whose SMT sibling stays with Linux is taken with a warning" {
	[ "$(cat $sys_cpu/smt/control)" = on ] || unfit "there is no SMT"
	run -0 --separate-stderr pisces boot --cpu 1
	assert_equal "$stderr" 'pisces: warning: CPU 0 shares a core with CPU 1 and stays with Linux, which the enclave will feel'
	pisces run "$PROGRAMS/musl/hello"
}

@test "a CPU that SMT control switched off is refused" {
	[ "$(cat $sys_cpu/smt/control)" = on ] || unfit "there is no SMT"
	echo off >$sys_cpu/smt/control
	machine_state >before
	refused "CPU 1 is offline and SMT control is 'off': with 'echo on > $sys_cpu/smt/control' it can be taken" \
		--cpu 1
	echo on >$sys_cpu/smt/control
}

@test "Linux's last CPU is refused" {
	[ -e $sys_cpu/cpu0/online ] || skip "this Linux keeps CPU 0 online"
	leave_only 1
	refused "CPU 1 is the last one that Linux has: bring another online first" \
		--cpu 1
}

@test "without a CPU that can go, boot and check say so" {
	leave_only 0
	refused "Linux can let go of no CPU: pisces check says why"
	run -1 pisces check
	assert_line --regexp '^FAIL .*Linux can let go of no CPU'
	assert_line --regexp '-> bring another CPU online'
	assert_line 'This machine cannot run enclaves as it is.'
}

@test "a CPU that never started can be had once it has been started" {
	[ -e $sys_cpu/cpu3/online ] || unfit "there is no CPU 3"
	echo 1 >$sys_cpu/cpu3/online
	pisces boot --cpu 3 --name "$NAME"
	pisces run "$PROGRAMS/musl/hello"
}
