# steps.bash: what the .bats files share that kill a tool before any one of its
# steps, by the test hook of lib/steps.h. They say in $undo which command undoes
# the one that is killed, and in $lives, if it is not empty, that the enclave
# NAME was there before. Loaded after helpers.bash.
# shellcheck shell=bash disable=SC2154,SC2034,SC2094 # bats and the tests

# Every so manieth step is tried; the first always.
STRIDE=${STRIDE:-3}

# What the enclave holds and Linux has, which a change that was killed must
# leave as it was before or as it would have been after.  Which of Linux's blocks
# are away may differ.
resources() {
	cat "$sys_cpu/online"
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
