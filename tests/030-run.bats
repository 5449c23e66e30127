#!/usr/bin/env bats
# 030-run: `pisces run` is like running the program here: arguments,
# environment, standard streams of any size, exit status, signals.

load helpers
BYTES=${BYTES:-100000000}
BATS_TEST_TIMEOUT=$((100 + BYTES / 200000))

setup_file() {
	begin_file
	boot
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	boot_if_gone
	p=$PROGRAMS/musl
}

@test "output, arguments and status are as here" {
	same "$p/hello"
	same "$p/args"
	same "$p/args" one 'two words' '' "it's" $'new\nline' '$HOME *' -x --y
}

@test "options end where the program begins" {
	same "$p/args" --help -e nobody -- --detach
	run -0 pisces run "$p/args" --help
	assert_line '<--help>'
}

@test "the environment is passed on" {
	run -0 env -i A=1 B='two words' EMPTY= "$PISCES" run "$p/envdump"
	assert_output "$(env -i A=1 B='two words' EMPTY= "$p/envdump")"
	export SOME_THING=$'several\nlines'
	same "$p/envdump" SOME_THING PATH NOT_THERE
}

@test "a long command line is passed on" {
	local words
	mapfile -t words < <(seq 20000)
	same "$p/args" "${words[@]}"
	same "$p/args" "$(head -c 100000 /dev/zero | tr '\0' x)"
}

@test "the program is found in PATH, and its path may be relative" {
	cp "$p/args" here
	PATH=$PATH:$p run -0 pisces run args x
	assert_line '<args>'
	same ./here y
}

@test "the working folder is the same" {
	mkdir -p deep/er
	cd deep/er
	run -0 pisces run "$p/whereami"
	assert_line "folder $PWD"
	assert_line "program $p/whereami"
}

@test "exit statuses are passed on" {
	local status
	for status in 0 1 2 7 42 125 126 127 128 137 200 255 256 -1; do
		same "$p/exitwith" $status
	done
	same "$p/exitwith" 9 _exit
}

@test "a death by a signal is passed on as 128 + its number" {
	local signal
	for signal in HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 \
		PIPE ALRM TERM XCPU SYS; do
		same "$p/killme" "$(kill -l $signal)"
	done
}

@test "signals that do no harm are survived" {
	same "$p/killme" "$(kill -l CHLD)"
	same "$p/killme" "$(kill -l WINCH)"
	same "$p/killme" "$(kill -l CONT)"
}

@test "standard output and standard error stay apart" {
	same "$p/both"
	[ -s here.out ] && [ -s here.err ]
}

@test "standard output and standard error may be one file" {
	"$p/both" >here 2>&1
	pisces run "$p/both" >there 2>&1
	# Which comes when is nobody's promise.
	assert_equal "$(wc -c <there)" "$(wc -c <here)"
	assert_equal "$(grep -ac '^out [0-9]*$' there)" 100
}

@test "standard input is passed on" {
	seq 1000 >numbers
	input=numbers same "$p/copy"
	input=/dev/null same "$p/copy"
	: >empty
	input=empty same "$p/copy"
	printf 'no newline' >text
	input=text same "$p/copy"
}

@test "it works in a pipe on both sides" {
	run -0 bash -c "seq 1000000 | \"$PISCES\" run $p/copy 2>/dev/null |
		tail -n 1"
	assert_output 1000000
	run -0 bash -c "set -o pipefail
		\"$PISCES\" run $p/noise 300000 |
		\"$PISCES\" run $p/copy 2>/dev/null | cksum"
	assert_output "$("$p/noise" 300000 | cksum)"
}

@test "standard input and output are pipes for splice" {
	run -0 bash -c "set -o pipefail
		\"$p/noise\" 300000 |
		\"$PISCES\" run $p/copy splice 2>err | cksum"
	assert_output "$("$p/noise" 300000 | cksum)"
	assert_equal "$(cat err)" '300000 bytes'
}

@test "input that comes late is waited for" {
	mkfifo fifo
	exec 8<>fifo
	start_pisces run "$p/copy" <fifo >out 2>err
	echo one >&8
	wait_until 30 grep -q one out
	echo two >&8
	wait_until 30 grep -q two out
	exec 8>&-
	wait_for $pid
	assert_equal "$status" 0
	assert_equal "$(cat err)" '8 bytes'
}

@test "a closed standard input reads as empty" {
	timeout 60 bash -c '"$PISCES" run "$1" <&-' - "$p/copy" >out 2>err
	assert_equal "$(cat out)" ''
	assert_equal "$(cat err)" '0 bytes'
}

@test "input that the program does not read harms nobody" {
	run -0 bash -c "\"$PISCES\" run $p/hello <<<unread"
	assert_output "$("$p/hello")"
	run bash -c "yes | \"$PISCES\" run $p/exitwith 5"
	assert_equal "$status" 5
}

@test "100 MB go through standard input and output" {
	local sum
	LIMIT=$((BYTES / 400000))
	sum=$("$p/noise" "$BYTES" | sha256sum)
	"$p/noise" "$BYTES" | pisces run "$p/copy" 2>err | sha256sum >there
	assert_equal "$(cat there)" "$sum"
	assert_equal "$(cat err)" "$BYTES bytes"
}

@test "10 MB of output arrive whole at a slow reader" {
	pisces run "$p/noise" 10000000 | {
		for _ in 1 2 3 4 5; do
			head -c 1000
			sleep 0.3
		done
		cat
	} >there
	"$p/noise" 10000000 | cmp - there
}

@test "the program dies of a pipe that nobody reads any more" {
	set +o pipefail
	{
		status=0
		pisces run "$p/yes" || status=$?
		echo $status >there
	} | head -n 1 >first
	assert_equal "$(cat first)" "$("$p/yes" | head -n 1)"
	assert_equal "$(cat there)" 141
	wait_until 10 sessions_are 0
}

sessions_are() {
	[ "$(status_of .sessions)" = "$1" ]
}

@test "a program that ignores SIGPIPE sees the error" {
	{
		status=0
		pisces run "$p/yes" stubborn 2>err || status=$?
		echo $status >there
	} | head -n 1 >first
	assert_equal "$(cat there)" 3
	assert_equal "$(cat err)" 'write: Broken pipe'
}

@test "SIGTERM is passed on" {
	start_pisces run "$p/sigs" term >out
	wait_until 30 grep -q ready out
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 7
	assert_equal "$(cat out)" $'ready\nterminated'
}

@test "SIGTERM ends a program that does not handle it" {
	start_pisces run "$p/spin" 1000 >out
	wait_until 30 grep -q spinning out
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 143
}

@test "SIGINT is passed on, and ends a program that does not handle it" {
	start_pisces run "$p/sigs" int >out
	wait_until 30 grep -q ready out
	kill -INT $pid
	wait_for $pid
	assert_equal "$status" 8
	assert_equal "$(cat out)" $'ready\ninterrupted'
	start_pisces run "$p/sigs" term >out
	wait_until 30 grep -q ready out
	kill -INT $pid
	wait_for $pid
	assert_equal "$status" 130
}

@test "a program that ignores SIGINT goes on" {
	start_pisces run "$p/sigs" stubborn >out
	wait_until 30 grep -q ready out
	kill -INT $pid
	kill -INT $pid
	assert [ -d /proc/$pid ]
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 7
}

@test "signals reach a program that computes" {
	start_pisces run "$p/sigs" busy >out
	wait_until 30 grep -q ready out
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 7
}

@test "Ctrl-C on a terminal ends the program" {
	mkfifo keys
	exec 8<>keys
	env --default-signal=INT,QUIT script -qec "\"$PISCES\" run $p/sigs int" \
		/dev/null <keys >out 3>&- 8>&- &
	pid=$!
	wait_until 30 grep -q ready out
	printf '\003' >&8
	wait_for $pid
	exec 8>&-
	assert_equal "$status" 8
	grep -q interrupted out
}

@test "the streams are terminals where they are terminals here" {
	script -qec "stty rows 33 cols 77; \"$PISCES\" run $p/streams" \
		/dev/null </dev/null >there
	script -qec "stty rows 33 cols 77; $p/streams" /dev/null \
		</dev/null >here
	diff here there
	grep -q '33 rows, 77 columns' there
	same "$p/streams"
}

@test "killing pisces run kills its program" {
	start_pisces run "$p/spin" 1000 >out
	wait_until 30 grep -q spinning out
	kill -KILL $pid
	wait_for $pid
	wait_until 30 sessions_are 0
	same "$p/hello"
}

@test "programs run at the same time and do not mix" {
	local i pids=()
	for i in 1 2 3 4 5; do
		"$PISCES" run "$p/noise" 500000 $i >out.$i 3>&- &
		pids+=($!)
	done
	for i in 1 2 3 4 5; do
		wait "${pids[i - 1]}"
		"$p/noise" 500000 $i | cmp - out.$i
	done
}

@test "a program that only computes does not keep others from running" {
	start_pisces run "$p/spin" 1000 >out
	wait_until 30 grep -q spinning out
	same "$p/hello"
	same "$p/memory"
	kill -TERM $pid
	wait_for $pid
}

@test "a hundred programs in a row leave nothing behind" {
	local free tasks i
	pisces run "$p/hello"
	wait_until 10 sessions_are 0
	free=$(status_of .memory_free)
	tasks=$(status_of .tasks)
	for ((i = 0; i < 100; i++)); do
		pisces run "$p/exitwith" 3 || [ $? = 3 ]
	done
	wait_until 10 sessions_are 0
	assert_equal "$(status_of .tasks)" "$tasks"
	wait_until 10 memory_is_back "$free"
}

@test "run waits for nothing once the program has ended" {
	mkfifo fifo
	exec 8<>fifo
	start_pisces run "$p/hello" <fifo >out
	wait_for $pid
	exec 8>&-
	assert_equal "$status" 0
}

@test "an unprivileged user may run programs where the node is theirs" {
	local node=/dev/pisces-$NAME
	assert_equal "$(stat -c %U:%a "$node")" root:600
	chown 1000 "$node"
	run -0 setpriv --reuid=1000 --regid=1000 --clear-groups \
		"$PISCES" run -e "$NAME" "$p/hello"
	assert_output "$("$p/hello")"
	chown 0 "$node"
}
