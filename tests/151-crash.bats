#!/usr/bin/env bats
# 151-crash: enclaves that crash, hang or are attacked while they run. Linux
# stays as it is, the tools say what happened, and everything can be had back.
# machine: --append maxcpus=3 --append cpu0_hotplug --append iomem=relaxed --qemu -cpu --qemu max,vendor=GenuineIntel --qemu -smp --qemu 4,sockets=1,cores=2,threads=2

load helpers

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	p=$PROGRAMS/musl
	CPU=$(highest_cpu)
	machine_state >before
	boot
	apic=$(status_of '.cpus[0].apic_id')
}

teardown() {
	pisces destroy --all
	machine_state | diff before -
	cpu_works "$CPU"
}

send() { # KIND APIC-ID [VECTOR]
	grep -qw iomem=relaxed /proc/cmdline ||
		unfit "needs the boot option iomem=relaxed"
	taskset -c 0 "$PROGRAMS/tools/apic" "$@"
}

is_crashed() {
	[ "$(state_of "$NAME")" = crashed ]
}

# Its CPU gets a machine check out of nothing. Two programs share the CPU, so
# that its timer runs and other interrupts are let in.
crash() {
	start_pisces run -e "$NAME" "$p/spin" 1000 >one 2>err.one
	first=$pid
	start_pisces run -e "$NAME" "$p/spin" 1000 >two 2>err.two
	second=$pid
	wait_until 30 grep -q spinning one
	wait_until 30 grep -q spinning two
	send fixed "$apic" 18
	wait_until 30 is_crashed
}

@test "a crash is noticed by those who wait" {
	crash
	wait_for $first
	assert_equal "$status" 125
	assert_regex "$(cat err.one)" \
		"^pisces: $NAME has crashed: .*; the program is lost$"
	wait_for $second
	assert_equal "$status" 125
}

@test "a crashed enclave can be looked at" {
	crash
	run -0 pisces status
	assert_line --regexp '^state +crashed'
	assert_line --regexp '^panic +.*machine check'
	assert_line --regexp 'rip +[0-9a-f]{16}'
	assert_line --regexp '^  #0 +[0-9a-f]{16}'
	assert_equal "$(status_of .panic.cpu)" "$CPU"
	assert_equal "$(status_of .panic.vector)" 18
	run -0 pisces log
	assert_line --partial 'machine check'
	run -0 pisces list
	assert_line --regexp "^$NAME +crashed "
	run -0 pisces reclaim
	assert_output ''
}

@test "nothing runs in a crashed enclave, with one clear line" {
	crash
	run -125 --separate-stderr pisces run "$p/hello"
	assert_regex "$stderr" \
		"^pisces: $NAME has crashed: pisces status $NAME "
	assert_output ''
}

@test "console ends when the enclave crashes, and says why" {
	"$PISCES" console >shown 2>err 3>&- </dev/null &
	console=$!
	wait_until 30 grep -q co-kernel shown
	crash
	wait_for $console
	assert_equal "$status" 1
	assert_regex "$(cat err)" "^pisces: $NAME has crashed"
	grep -q 'machine check' shown
}

@test "other enclaves do not notice a crash" {
	pisces boot --cpu 1 --name other
	crash
	run -0 pisces run -e other "$p/hello"
	assert_output "$("$p/hello")"
	pisces destroy "$NAME"
	run -0 pisces run -e other "$p/memory"
}

@test "an enclave that does not answer is an error after some seconds" {
	"$PROGRAMS/tools/lose" "/dev/pisces-$NAME"
	run -125 --separate-stderr pisces run "$p/hello"
	assert_equal "$stderr" "pisces: $NAME does not answer: pisces log $NAME may say why, pisces destroy $NAME ends it"
	assert_output ''
	# That was one lost request, no more.
	pisces run "$p/hello"
}

@test "an enclave that does not answer is destroyed nevertheless" {
	"$PROGRAMS/tools/lose" "/dev/pisces-$NAME"
	run -0 pisces destroy
}

@test "an enclave that breaks the control channel is an error" {
	"$PROGRAMS/tools/scribble" "/dev/pisces-$NAME" 1 500
	run --separate-stderr pisces run "$p/hello"
	assert_equal "$(state_of "$NAME")" running
	run -0 pisces destroy
}

@test "interrupts that nobody expects are counted, not fatal" {
	local first second third
	# Two programs share the CPU, so that it takes interrupts.
	start_pisces run "$p/spin" 1000 >two
	second=$pid
	start_pisces run "$p/spin" 1000 >three
	wait_until 30 grep -q spinning two
	wait_until 30 grep -q spinning three
	third=$pid
	# A third one has nothing to do with what comes meanwhile.
	start_pisces run "$p/spin" 8 >one
	first=$pid
	wait_until 30 grep -q spinning one
	wait_until 100 ends_under_interrupts $first
	wait_until 60 some_arrive
	wait_for $first
	assert_equal "$status" 0
	grep -q 'always the same' one
	kill -TERM $second $third
	wait_for $second
	wait_for $third
	pisces run "$p/hello"
}

ends_under_interrupts() { # PID
	some_arrive || :
	has_ended "$1"
}

some_arrive() {
	local vector
	for vector in 32 33 99 128 200 236 239 255; do
		send fixed "$apic" $vector
	done
	[ "$(status_of '.cpus[0].broadcast')" -gt 0 ]
}

@test "a hostile tool cannot harm the co-kernel or Linux" {
	local seed
	start_pisces run "$p/noise" 100000000000 >/dev/null
	for seed in 1 2 3; do
		"$PROGRAMS/tools/scribble" "/dev/pisces-$NAME" $seed 1500
		LIMIT=20 pisces run "$p/hello" || :
	done
	assert_equal "$(state_of "$NAME")" running
	run -0 pisces destroy
	# It ends, and may believe anything: its session was written over, too.
	wait_for $pid
}
