#!/usr/bin/env bats
# 070-detach: detached programs run on by themselves; their output is kept, the
# last of it, for `pisces console`.

load helpers

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	boot
	p=$PROGRAMS/musl
}

teardown() {
	[ -z "${console-}" ] || kill "$console" || :
	pisces destroy --all
}

# Follows the console in the background, until it shows TEXT.
console_shows() { # TEXT
	[ -n "${console-}" ] || {
		"$PISCES" console >shown 2>&1 3>&- </dev/null &
		console=$!
	}
	wait_until 60 grep -aq "$1" shown
}

no_tasks() {
	[ "$(status_of .tasks)" = 1 ]
}

@test "run --detach returns while the program runs, and says which it is" {
	run -0 pisces run --detach "$p/sigs" busy
	assert_output --regexp '^session [0-9]+ pid [0-9]+$'
	assert_equal "$(status_of .sessions)" 1
	assert_equal "$(status_of .tasks)" 2
}

@test "console shows a detached program's output, from before and as it comes" {
	pisces run --detach "$p/spin" 3
	console_shows spinning
	console_shows 'always the same'
}

@test "console shows the output of a program that has ended" {
	pisces run --detach "$p/hello"
	wait_until 20 no_tasks
	console_shows 'hello from C'
}

@test "console shows both output streams, and several programs" {
	pisces run --detach "$p/both"
	pisces run --detach "$p/hello"
	console_shows '^out 99'
	console_shows '^error 99'
	console_shows 'hello from C'
	assert_equal "$(grep -c '^--- session' shown)" 2
}

@test "the last 64 KiB of output are kept, and what was dropped is counted" {
	local size=1000000 kept=65536
	pisces run --detach "$p/noise" $size
	wait_until 60 no_tasks
	console_shows "^--- $((size - kept)) bytes were dropped ---"
	"$p/noise" $size | tail -c $kept >expected
	wait_until 20 ends_with_expected
}

# Up to the newline that console adds when it leaves a line.
ends_with_expected() {
	LC_ALL=C sed -n '/bytes were dropped/,$p' shown | tail -n +2 |
		head -c "$(stat -c %s expected)" | cmp -s - expected
}

@test "--log-size says how much is kept" {
	local size=1000000 kept=4096
	pisces run --detach --log-size 4K "$p/noise" $size
	wait_until 60 no_tasks
	console_shows "^--- $((size - kept)) bytes were dropped ---"
	"$p/noise" $size | tail -c $kept >expected
	wait_until 20 ends_with_expected
}

@test "with a large --log-size nothing is dropped" {
	pisces run --detach --log-size 1M "$p/noise" 1000000
	wait_until 60 no_tasks
	"$p/noise" 1000000 >expected
	"$PISCES" console >shown 2>&1 3>&- </dev/null &
	console=$!
	wait_until 60 shown_has 1000000
	kill $console
	wait $console || :
	console=
	run ! grep -aq 'bytes were dropped' shown
	LC_ALL=C sed '1,/^--- session/d' shown | head -c 1000000 | cmp - expected
}

shown_has() { # BYTES
	[ "$(stat -c %s shown)" -gt "$1" ]
}

@test "a --log-size that cannot be is refused" {
	for size in 5000 2K 128M; do
		run -125 --separate-stderr pisces run --detach --log-size $size \
			"$p/hello"
		assert_equal "$stderr" "pisces: run: --log-size: '$size' is not a power of two from 4K to 64M"
	done
	run -125 --separate-stderr pisces run --log-size 64K "$p/hello"
	assert_equal "$stderr" \
		'pisces: run: --log-size goes with --detach: other output is not kept'
	run -125 --separate-stderr pisces run --detach --log-size lots "$p/hello"
	assert_regex "$stderr" "^pisces: 'lots' is not a size"
}

@test "a detached program gets no input" {
	pisces run --detach "$p/copy" < <(yes)
	wait_until 20 no_tasks
	console_shows '^0 bytes'
}

@test "the end of the one that started it does not end a detached program" {
	run -0 bash -c "\"$PISCES\" run --detach $p/spin 2 </dev/null"
	console_shows 'always the same'
}

@test "destroy ends detached programs" {
	pisces run --detach "$p/sigs" busy
	pisces run --detach "$p/sigs" term
	run -0 pisces destroy
}

@test "many detached programs may follow each other" {
	local i
	for i in {1..100}; do
		pisces run --detach "$p/exitwith" 0 >there
	done
	wait_until 60 no_tasks
	pisces run --detach "$p/hello"
	console_shows 'hello from C'
}

@test "Ctrl-] leaves the console" {
	mkfifo keys
	exec 8<>keys
	script -qec "\"$PISCES\" console" /dev/null <keys >shown 3>&- 8>&- &
	console=$!
	wait_until 30 grep -q 'Ctrl-] leaves' shown
	wait_until 30 grep -q 'co-kernel' shown
	printf '\035' >&8
	wait_for $console
	console=
	exec 8>&-
	assert_equal "$status" 0
}

@test "console ends when the enclave does" {
	console_shows 'co-kernel'
	pisces destroy
	wait_for $console
	console=
	assert_equal "$status" 0
}

@test "log prints the co-kernel's log with times and ends" {
	run -0 pisces log
	assert_line --index 0 --regexp \
		"^\[ *[0-9]+\.[0-9]{6}\] pisces co-kernel on CPU $CPU "
	run -0 pisces log "$NAME"
	run -0 pisces log -e "$NAME"
}

@test "the log's times are Linux's" {
	local before stamp after
	before=$(cut -d. -f1 /proc/uptime)
	pisces destroy
	boot
	after=$(cut -d. -f1 /proc/uptime)
	stamp=$(pisces log | sed -n '1s/^\[ *\([0-9]*\)\..*/\1/p')
	assert [ "$stamp" -ge $((before - 1)) ]
	assert [ "$stamp" -le $((after + 1)) ]
}

@test "looking does not disturb the enclave" {
	local before
	pisces run --detach "$p/sigs" busy
	console_shows ready
	before=$(status_of '.cpus[0].nmi')
	for _ in 1 2 3; do
		pisces status
		pisces log
		pisces list
	done >there
	assert_equal "$(status_of '.cpus[0].nmi')" "$before"
}
