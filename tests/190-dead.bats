#!/usr/bin/env bats
# 190-dead: enclaves made to panic and to hang by `pisces debug`: what can be
# seen of them, and that everything comes back.
# machine: --cpus 6 --mem 3G

load helpers
BATS_TEST_TIMEOUT=300

setup_file() {
	begin_file
	pisces load
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ "$CPU" -ge 5 ] || unfit "there are fewer than 6 CPUs"
	p=$PROGRAMS/musl
	machine_state >before
	pisces boot --cpu 3-5 --mem 256M --name "$NAME"
}

teardown() {
	pisces destroy --all
	machine_state | diff before -
}

all_is_back() {
	local cpu
	run -0 pisces destroy "$NAME"
	machine_state | diff before -
	for cpu in 3 4 5; do
		cpu_works $cpu
	done
	# And they can be had again.
	pisces boot --cpu 3-5 --mem 256M --name "$NAME"
	pisces run "$p/hello"
}

@test "debug panic: crashed, with log, panic record and registers" {
	start_pisces run "$p/threads" 100000000 >out 2>err
	wait_until 30 three_run
	run -0 pisces debug panic
	wait_until 30 is_crashed
	run -0 pisces list
	assert_line --regexp "^$NAME +crashed "
	run -0 pisces log
	assert_line --partial 'panic: asked for by pisces debug'
	run -0 pisces status
	assert_line --regexp '^state +crashed'
	assert_equal "$(status_of .panic.vector)" null
	run -0 pisces debug registers
	assert_line --regexp 'rip +[0-9a-f]{16}'
	run -0 pisces dump "$NAME" core
	file core | grep -q 'ELF 64-bit LSB core file, x86-64'
	wait_for $pid
	assert_equal "$status" 125
	assert_regex "$(cat err)" "^pisces: $NAME has crashed: .*; the program is lost$"
	all_is_back
}

is_crashed() {
	[ "$(state_of "$NAME")" = crashed ]
}

three_run() {
	[ "$(status_of .tasks)" -ge 4 ]
}

@test "debug hang: not responding, and all the same dumped and destroyed" {
	run -0 pisces debug hang
	run -125 --separate-stderr pisces run "$p/hello"
	assert_equal "$stderr" "pisces: $NAME does not answer: pisces log $NAME may say why, pisces destroy $NAME ends it"
	assert_equal "$(pisces list --json | jq '.[0].responding')" false
	run -0 pisces list
	assert_line --regexp "^$NAME +not responding "
	run -0 pisces log
	assert_line --partial 'pisces co-kernel'
	run -0 pisces dump "$NAME" core
	file core | grep -q 'ELF 64-bit LSB core file, x86-64'
	all_is_back
}

# Its change can be neither undone nor completed; STOP needs no answer.
@test "one that hangs in the middle of a change is destroyed all the same" {
	local steps
	PISCES_STOP_AT=count pisces add-mem 128M 2>count
	steps=$(grep -o '[0-9]*' count | tail -n 1)
	pisces rm-mem 128M
	PISCES_STOP_AT=$steps run -137 "$PISCES" add-mem 128M
	assert_equal "$(pisces list --json | jq '.[0].unfinished')" true
	pisces debug hang
	all_is_back
}

@test "debug nmi and registers leave a healthy enclave as it is" {
	start_pisces run "$p/spin" 3 >out
	wait_until 30 grep -q spinning out
	run -0 pisces debug nmi
	run -0 pisces debug registers
	assert_equal "$(grep -cE 'rip +[0-9a-f]{16}' <<<"$output")" 3
	run -0 pisces dump "$NAME" core
	wait_for $pid
	assert_equal "$status" 0
	grep -q 'always the same' out
	pisces run "$p/hello"
}

@test "a dump that cannot be written leaves no file" {
	run -1 --separate-stderr pisces dump "$NAME" /none/such/core
	assert_regex "$stderr" '^pisces: .*/none/such/core'
	run -1 --separate-stderr pisces dump "$NAME" /dev/full
	assert_regex "$stderr" '^pisces: '
	run -1 --separate-stderr pisces dump nobody core
	assert_regex "$stderr" "^pisces: no enclave is named 'nobody'"
	[ ! -e core ]
}

@test "debug refuses what it does not know" {
	run -2 --separate-stderr pisces debug explode
	assert_regex "$stderr" "^pisces: debug: .*'explode'"
	run -2 --separate-stderr pisces debug
	assert_regex "$stderr" '^pisces: debug: '
	assert_equal "$(state_of "$NAME")" running
}
