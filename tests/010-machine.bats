#!/usr/bin/env bats
# 010-machine: what pisces says about itself and the machine: version, help,
# wrong usage, check, load and unload of the module.

load helpers

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

commands() {
	pisces help | sed -n 's/^  \([a-z-]*\)  *.*/\1/p'
}

@test "version names the version and the kernels it has modules for" {
	run -0 pisces version
	assert_line --regexp '^pisces [0-9]+\.[0-9]+'
	assert_line --regexp "^modules for: "
	assert_line --partial " $(uname -r)"
	run -0 pisces --version
	assert_line --regexp '^pisces [0-9]+\.[0-9]+'
}

@test "help lists every command with a line" {
	run -0 pisces help
	for command in boot add-cpu rm-cpu add-mem rm-mem add-pci rm-pci run \
		ps kill wait console log list status top dump debug destroy \
		check reclaim load unload version help; do
		assert_line --regexp "^  $command +[a-z]"
	done
	local listed=$output
	run -0 pisces --help
	assert_output "$listed"
	run -0 pisces
	assert_output "$listed"
}

@test "each command has help, the same in three ways" {
	local command count=0
	for command in $(commands); do
		pisces help "$command" >text 2>err
		pisces "$command" --help 2>>err | diff text -
		pisces "$command" -h 2>>err | diff text -
		[[ $(head -n 1 text) == "usage: pisces $command"* ]]
		[ ! -s err ]
		run ! grep -E '.{81}' text
		count=$((count + 1))
	done
	[ $count -ge 13 ]
}

@test "an unknown command is wrong usage, and the nearest one is named" {
	run -2 --separate-stderr pisces bot
	assert_equal "$stderr" \
		"pisces: there is no command 'bot': did you mean 'boot'?"
	assert_output ''
	run -2 --separate-stderr pisces quux-quux
	assert_equal "$stderr" \
		"pisces: there is no command 'quux-quux': pisces help lists them"
	run -2 pisces help quux-quux
}

@test "an unknown option of any command is wrong usage" {
	local command expected
	for command in $(commands); do
		expected=2
		[ "$command" != run ] || expected=125
		case $command in
		# Without a module there is no enclave to be found first.
		version | help | run | wait | status | log | console | dump | \
			debug | add-* | rm-*) continue ;;
		esac
		run --separate-stderr pisces "$command" --no-such-option
		assert_equal "$status" $expected
		assert_regex "$stderr" \
			"^pisces: $command: unknown option --no-such-option"
		assert_output ''
	done
}

@test "an option without its value is wrong usage" {
	local option
	for option in --cpu --mem --node --name --cmdline --timeout; do
		run -2 --separate-stderr pisces boot $option
		assert_regex "$stderr" "^pisces: boot: option $option needs a value"
	done
}

@test "an argument too many is wrong usage" {
	local command
	for command in boot list check reclaim load unload; do
		run -2 --separate-stderr pisces $command extra
		assert_regex "$stderr" "^pisces: $command: .*'extra'"
	done
	run -2 pisces destroy one two
	run -2 pisces destroy --all one
}

@test "check says that this machine is fit, point by point" {
	run -0 pisces check
	assert_line 'This machine can run enclaves.'
	assert_line --regexp '^ok .*cpu'
	assert_line --regexp '^ok .*memory'
	refute_line --regexp '^FAIL'
	run -0 bash -c '"$PISCES" check --json | jq -e .fit'
	assert_output true
}

@test "check gives each point a result, and each failure a remedy" {
	run -0 pisces check --json
	jq -e '.checks | length >= 6' <<<"$output"
	jq -e '[.checks[].result] | all(. == "ok" or . == "warn" or . == "fail")' \
		<<<"$output"
	jq -e '[.checks[] | select(.result == "fail") | .remedy] |
		all(type == "string")' <<<"$output"
}

@test "check changes nothing" {
	machine_state >before
	pisces unload || :
	pisces check
	[ ! -e /sys/module/pisces ]
	machine_state | diff before -
}

@test "load loads the module once, unload takes it out" {
	pisces load
	[ -e /sys/module/pisces ]
	[ -c /dev/pisces ]
	pisces load
	pisces unload
	[ ! -e /sys/module/pisces ]
	run -1 --separate-stderr pisces unload
	assert_equal "$stderr" 'pisces: the module pisces is not loaded'
	pisces load
}

@test "list is empty when there is no enclave, with or without the module" {
	pisces unload || :
	run -0 pisces list --json
	assert_output '[]'
	pisces load
	run -0 pisces list --json
	assert_output '[]'
	run -0 pisces list
	assert_equal "${#lines[@]}" 1
}

@test "reclaim has nothing to say when there is nothing to give back" {
	run -0 pisces reclaim
	assert_output ''
	pisces unload || :
	run -0 pisces reclaim
	assert_output ''
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}
