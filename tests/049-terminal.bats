#!/usr/bin/env bats
# 049-terminal: terminals in the enclave are as on Linux, and run --tty gives a
# program one at which somebody sits.

load helpers

setup_file() {
	begin_file
	pisces boot --cpu 2-3 --mem 256M --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	on_terminal="$PROGRAMS/tools/on-terminal 24 80"
}

# As pisces run, at a terminal, with what to do there on stdin. Sets $status.
at_terminal() { # ARGUMENT...
	status=0
	# shellcheck disable=SC2086 # words
	PS1='ready> ' timeout -k 10 "$BATS_TEST_TIMEOUT" $on_terminal \
		"$PISCES" run "$@" >shown 2>shown.err || status=$?
	cat shown shown.err
}

no_sessions() {
	[ "$(status_of .sessions)" = 0 ]
}

@test "pseudo-terminals: lines, raw mode, signals, job control" {
	same "$PROGRAMS/musl/terminals"
	grep -q '^and in the foreground: ended with 65' there.out
}

@test "run --tty: a shell, its line editing and its exit status" {
	at_terminal --tty bash --norc -i <<-'END'
		expect ready>
		raw yes
		send echo $((6 * 7))x\x7fyz $LINES $COLUMNS\r
		expect 42yz 24 80
		send [ -t 0 ] && echo y''es\r
		expect yes
		send exit 3\r
	END
	assert_equal "$status" 3
}

@test "run --tty: Ctrl-C, Ctrl-Z and jobs" {
	at_terminal --tty bash --norc -i <<-'END'
		expect ready>
		send echo run''ning; while :; do :; done\r
		expect running
		send \x03
		expect ^C
		expect ready>
		send (trap 'echo ended; exit' USR1; echo run''ning; while :; do :; done)\r
		expect running
		send \x1a
		expect Stopped
		expect ready>
		send kill -USR1 %1; fg\r
		expect ended
		expect ready>
		send exit 4\r
	END
	assert_equal "$status" 4
}

@test "run --tty: a new size" {
	at_terminal --tty bash --norc -i <<-'END'
		expect ready>
		send trap 'echo SI''ZE' WINCH\r
		expect ready>
		resize 50 132
		expect SIZE
		send (:); echo $LINES lines, $COLUMNS columns\r
		expect 50 lines, 132 columns
		send exit\r
	END
	assert_equal "$status" 0
}

@test "run --tty: the terminal is afterwards as it was" {
	status=0
	# shellcheck disable=SC2016,SC2086 # for that shell; words
	timeout -k 10 100 $on_terminal sh -c '"$1" run --tty "$2"; echo "was $?"
		read -r line' sh "$PISCES" "$PROGRAMS/musl/hello" >shown <<-'END' ||
		expect was 0
		raw no
		send \r
	END
		status=$?
	assert_equal "$status" 0
}

@test "run --tty: who hangs up ends the program" {
	at_terminal --tty bash --norc -i <<-'END' || :
		expect ready>
		send echo run''ning; while :; do :; done\r
		expect running
		nonsense
	END
	assert_equal "$status" 99
	wait_until 30 no_sessions
}

@test "run --tty: only at a terminal, and not with --detach" {
	run -125 pisces run --tty "$PROGRAMS/musl/hello" </dev/null
	assert_output 'pisces: standard input is no terminal: run it without --tty'
	run -125 pisces run --tty --detach "$PROGRAMS/musl/hello" </dev/null
	assert_output --partial 'it does not go with --detach'
}
