#!/usr/bin/env bats
# 150-panic: the co-kernel tests itself when asked, and a co-kernel that panics
# says why.

load helpers

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	pisces destroy --all
}

@test "the co-kernel's tests of itself pass" {
	boot --cmdline selftest
	run -0 pisces log
	assert_line --regexp 'selftest: permissions of [0-9]+ pages hold'
	assert_line --partial 'selftest: the direct map is the grant'
	assert_line --partial 'selftest: stacks are guarded'
	assert_line --partial 'selftest: the frame allocator holds'
	assert_line --partial 'selftest: an NMI in the idle window is not lost'
	assert [ "$(status_of '.cpus[0].restarts')" -ge 1 ]
	pisces run "$PROGRAMS/musl/hello"
}

@test "with several blocks they pass as well" {
	pisces boot --cpu "$CPU" --mem 384M --name "$NAME" --cmdline selftest
	assert_equal "$(pisces log | grep -c 'selftest: ')" 5
}

@test "a panic while booting is reported with its reason, and undone" {
	machine_state >before
	run -1 --separate-stderr boot --cmdline panic
	assert_equal "$stderr" "pisces: the co-kernel of $NAME crashed: asked for on the command line"
	assert_output ''
	assert_equal "$(pisces list --json)" '[]'
	machine_state | diff before -
	cpu_works "$CPU"
}

@test "after a panic the same CPU and name boot again" {
	run -1 boot --cmdline panic
	boot
	same "$PROGRAMS/musl/hello"
}

@test "words that are none of the co-kernel's are ignored" {
	boot --cmdline 'panicky noselftest something=else'
	run -0 pisces log
	refute_line --partial selftest
}
