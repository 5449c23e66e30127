#!/usr/bin/env bats
# 175-rights: who owns an enclave may use it, look at it, and nothing more.
# machine: --cpus 4 --mem 2G

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
	chmod 777 .
	p=$PROGRAMS/musl
	machine_state >before
	boot --owner 1000
}

teardown() {
	pisces destroy --all
	machine_state | diff before -
}

@test "the owner runs programs and looks" {
	run -0 as 1000 "$PISCES" run "$p/hello"
	assert_output "$("$p/hello")"
	run -0 --separate-stderr as 1000 "$PISCES" list --json
	assert_equal "$(jq -r '.[].name' <<<"$output")" "$NAME"
	assert_equal "$(jq -c '.[] | [.state, .cpus, .memory]' <<<"$output")" \
		"[\"running\",[$CPU],134217728]"
	assert_equal "$(jq '.[].uptime_ns > 0' <<<"$output")" true
	run -0 --separate-stderr as 1000 "$PISCES" list
	assert_line --index 1 --regexp "^$NAME +running +$CPU +128 MiB"
	run -0 --separate-stderr as 1000 "$PISCES" status --json
	assert_equal "$(jq -c '[.state, .cpus[].cpu, .blocks]' <<<"$output")" \
		"[\"running\",$CPU,[]]"
	assert_equal "$(jq .cpus[0].calls <<<"$output")" \
		"$(status_of '.cpus[0].calls')"
	run -0 --separate-stderr as 1000 "$PISCES" status
	assert_line --regexp '^state +running'
	run -0 as 1000 "$PISCES" log
	assert_output --partial 'co-kernel on CPU'
}

@test "the owner sees a crash, and that it does not answer" {
	pisces debug -e "$NAME" hang
	wait_until 30 is_silent
	run -0 --separate-stderr as 1000 "$PISCES" status
	assert_line --regexp '^state +not responding'
	pisces destroy
	boot --owner 1000
	pisces debug -e "$NAME" panic
	wait_until 30 has_crashed
	run -0 --separate-stderr as 1000 "$PISCES" list --json
	assert_equal "$(jq -r '.[].state' <<<"$output")" crashed
	run -0 as 1000 "$PISCES" log
	assert_output --partial 'panic'
}

is_silent() {
	# Somebody has to ring for it to be noticed.
	timeout 1 "$PISCES" run "$p/hello" >hello 2>&1 || :
	[ "$(as 1000 "$PISCES" list --json | jq '.[].responding')" = false ]
}

has_crashed() {
	[ "$(state_of "$NAME")" = crashed ]
}

@test "the owner manages nothing" {
	local command
	for command in boot 'add-cpu 1' "rm-cpu $CPU" 'add-mem 128M' \
		'rm-mem 128M' destroy reclaim load unload 'dump core' \
		'debug panic'; do
		# shellcheck disable=SC2086 # two words
		run -1 --separate-stderr as 1000 "$PISCES" $command
		assert_equal "$stderr" \
			"pisces: ${command%% *}: must be run as root (try sudo)"
		assert_output ''
	done
	assert_equal "$(state_of "$NAME")" running
	run -0 as 1000 "$PISCES" run "$p/hello"
}

@test "somebody else does not even look" {
	local command
	for command in "run $p/hello" status log console; do
		# shellcheck disable=SC2086 # two words
		run --separate-stderr as 1001 "$PISCES" $command
		assert_failure
		assert_regex "$stderr" "^pisces: you may not use $NAME: "
		assert_output ''
	done
	run -0 --separate-stderr as 1001 "$PISCES" list --json
	assert_output '[]'
	run -0 --separate-stderr as 1000 "$PISCES" list --json
	refute_output '[]'
}

@test "a group's members may use it, and others may not" {
	pisces destroy
	boot --owner :1001
	run -0 as 1001 "$PISCES" run "$p/hello"
	run -125 as 1000 "$PISCES" run "$p/hello"
}

@test "there is no path to the co-kernel's memory" {
	local blocks
	start_pisces run "$p/spin" 600 >out
	wait_until 30 grep -q spinning out
	mapfile -t blocks < <(status_of '.blocks[] | "\(.start):\(.size)"')
	run as 1000 "$PROGRAMS/tools/trespass" "$NAME" "${blocks[@]}"
	assert_output 0
	assert_success
	assert_equal "$(state_of "$NAME")" running
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 143
}
