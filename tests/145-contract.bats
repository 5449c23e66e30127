#!/usr/bin/env bats
# 145-contract: what <pisces/ioctl.h> promises, call by call, with a co-kernel
# that does what the test tells it (tests/programs/tools/contract.c).
# machine: --cpus 4 --mem 2G

load helpers
BATS_TEST_TIMEOUT=300

setup_file() {
	begin_file
	pisces load
}

teardown_file() {
	end_file
}

@test "the module keeps its contract" {
	[ "$CPU" -ge 3 ] || unfit "there are fewer than 4 CPUs"
	run "$PROGRAMS/tools/contract"
	echo "$output" | grep -A 1 -E '^not ok|^Bail out' || :
	assert_success
	refute_line --regexp '^not ok'
	# All of them ran: the plan is the last line.
	assert_line --index -1 "1..$(grep -c '^ok' <<<"$output")"
}
