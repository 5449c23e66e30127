#!/usr/bin/env bats
# 180-steps: a tool that is killed before any one of its steps leaves what
# `pisces reclaim` sets right: PISCES_STOP_AT=N is the test hook of lib/steps.h.
# machine: --cpus 6 --mem 3G

load helpers
load steps
BATS_TEST_TIMEOUT=1800

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
	machine_state >machine
}

teardown() {
	pisces destroy --all
	pisces reclaim
	machine_state | diff machine -
}

@test "boot" {
	undo='pisces destroy' lives=
	at_each_step boot --cpu 4-5 --mem 128M --name "$NAME"
}

@test "destroy" {
	pisces boot --cpu 4-5 --mem 128M --name "$NAME"
	at_each_step_of_destroy
}

# Destroying cannot be undone: killed, it is completed.
at_each_step_of_destroy() {
	local steps step
	PISCES_STOP_AT=count "$PISCES" destroy 2>count >/dev/null
	steps=$(tail -n 1 count)
	[ "$steps" -ge 3 ]
	for ((step = 1; step <= steps; step += STRIDE)); do
		pisces boot --cpu 4-5 --mem 128M --name "$NAME"
		PISCES_STOP_AT=$step run -137 "$PISCES" destroy
		pisces reclaim
		run -0 pisces reclaim
		assert_output ''
		[ "$(state_of "$NAME")" != running ] || pisces destroy
		machine_state | diff machine -
	done
}

@test "add-cpu" {
	boot
	undo='pisces rm-cpu 2-3' lives=yes
	at_each_step add-cpu 2-3
}

@test "rm-cpu" {
	boot
	pisces add-cpu 2-3
	undo='pisces add-cpu 2-3' lives=yes
	at_each_step rm-cpu 2-3
}

@test "add-mem" {
	boot
	undo='pisces rm-mem 256M' lives=yes
	at_each_step add-mem 256M
}

@test "rm-mem" {
	boot
	pisces add-mem 256M
	undo='pisces add-mem 256M' lives=yes
	at_each_step rm-mem 256M
}
