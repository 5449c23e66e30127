#!/usr/bin/env bats
# 180-steps: a tool that is killed before any one of its steps leaves what
# `pisces reclaim` sets right: PISCES_STOP_AT=N is the test hook of lib/steps.h.
# machine: --cpus 6 --mem 3G

load helpers
BATS_TEST_TIMEOUT=1800
# Every so manieth step is tried; the first always.
STRIDE=${STRIDE:-3}

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

# What the enclave holds and Linux has, which a change that was killed must
# leave as it was before or as it would have been after.  Which of Linux's blocks
# are away may differ.
resources() {
	cat $sys_cpu/online
	mem_total
	pisces list | awk '{ print $1, $2, $3, $4, $5 }'
}

# Kills COMMAND before each of its steps in turn.  After `reclaim` all is as
# before or, if it was past its last decision, as after; a second is silent.
at_each_step() { # COMMAND...
	local steps step end=
	resources >before
	PISCES_STOP_AT=count "$PISCES" "$@" 2>count >/dev/null
	steps=$(tail -n 1 count)
	echo "$* has $steps steps"
	[ "$steps" -ge 3 ]
	resources >after
	$undo
	resources | diff before -
	for ((step = 1; step <= steps; step += STRIDE)); do
		status=0
		PISCES_STOP_AT=$step "$PISCES" "$@" >/dev/null 2>killed || status=$?
		assert_equal "$status" 137
		pisces reclaim >reclaimed
		run -0 pisces reclaim
		assert_output ''
		resources >now
		if cmp -s before now; then
			[ -z "$end" ] || fail "undone at step $step, after it was done"
		elif cmp -s after now; then
			end=$step
			[ -z "$lives" ] || pisces run "$p/hello" >/dev/null
			$undo
			resources | diff before -
		else
			diff before now
		fi
		[ -z "$lives" ] || [ "$(state_of "$NAME")" != running ] ||
			pisces run "$p/hello" >/dev/null
	done
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
