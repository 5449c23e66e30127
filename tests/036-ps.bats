#!/usr/bin/env bats
# 036-ps: what runs in enclaves is listed, signalled and waited for by its pids;
# what a program may need is explained without an enclave.

load helpers

setup_file() {
	begin_file
	pisces boot --cpu 2-3 --mem 512M --name "$NAME" --owner 1000
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	chmod 777 .
	p=$PROGRAMS/musl
}

teardown() {
	end_all
	! [[ "$(pisces list --json)" == *'"other"'* ]] || pisces destroy other
}

end_all() {
	pisces ps -e "$NAME" --json | jq '.[].pid' |
		xargs -r "$PISCES" kill -e "$NAME" -KILL 2>/dev/null || :
	wait_until 60 nothing_runs
}

nothing_runs() {
	[ "$(pisces ps -e "$NAME" --json)" = '[]' ]
}

# Starts a program, whose output is to begin with LINE; prints its pid.
detach() { # PROGRAM ARGUMENT...
	pisces run -e "$NAME" --detach "$@" | sed -n 's/^session .* pid //p'
}

# A value of the process PID, by jq.
process() { # PID FILTER
	pisces ps -e "$NAME" --json | jq -r ".[] | select(.pid == $1) | $2"
}

is_so() { # PID FILTER VALUE
	[ "$(process "$1" "$2")" = "$3" ]
}

has_line() { # TEXT FILE
	grep -q "$1" "$2"
}

@test "ps: without programs there is a head, and nothing else" {
	run -0 pisces ps
	assert_output --regexp '^ENCLAVE +PID USER +CPU STATE THREADS +RSS +TIME COMMAND$'
	run -0 pisces ps --json
	assert_output '[]'
}

@test "ps: a line for each process says whose it is, where and how" {
	local busy asleep
	busy=$(detach "$p/sigs" busy)
	asleep=$(detach "$p/sigs" term)
	wait_until 20 is_so "$busy" '.cpu_time_ns > 10000000' true
	wait_until 20 is_so "$asleep" .state S
	run -0 pisces ps
	assert_line --regexp "^$NAME +$busy root +[23] R +1 +[0-9]+ 00:0[0-9]:[0-9]+ $p/sigs busy$"
	assert_line --regexp "^$NAME +$asleep root +[23] S +1 +[0-9]+ 00:00:00 $p/sigs term$"
	assert_equal "${#lines[@]}" 3
	run -0 pisces ps "$NAME"
	assert_equal "${#lines[@]}" 3
	pisces kill -STOP "$busy"
	wait_until 20 is_so "$busy" .state T
	pisces kill -CONT "$busy"
	wait_until 20 is_so "$busy" .state R
}

@test "ps: JSON has the same, and more" {
	local pid now
	pid=$(detach "$p/sigs" term 'two words' '')
	wait_until 20 is_so "$pid" .state S
	now=$(cut -d. -f1 /proc/uptime)
	run -0 pisces ps --json
	assert_equal "$(jq -c '.[] | [.enclave, .parent_pid, .uid, .gid, .user,
		.state, .threads, .name, .arguments]' <<<"$output")" \
		"[\"$NAME\",null,0,0,\"root\",\"S\",1,\"sigs\",[\"$p/sigs\",\"term\",\"two words\",\"\"]]"
	assert_equal "$(jq ".[].pid == $pid" <<<"$output")" true
	assert_equal "$(jq '.[].session > 0' <<<"$output")" true
	assert_equal "$(jq '.[].cpu == (2, 3)' <<<"$output" | grep -c true)" 1
	assert_equal "$(jq '.[] | .memory_mapped >= .memory_resident and
		.memory_resident > 8192' <<<"$output")" true
	assert_equal "$(jq ".[].start_ns / 1000000000 | . > $((now - 30)) and
		. < $((now + 1))" <<<"$output")" true
	assert_equal "$(jq '.[].cpu_time_ns | . > 0 and . < 1000000000' \
		<<<"$output")" true
}

@test "ps: threads are counted, and children know their parents" {
	local program
	program=$(detach "$PROGRAMS/glibc/crowd" 3)
	wait_until 20 is_so "$program" .state S
	run -0 pisces ps --json
	assert_equal "$(jq length <<<"$output")" 4
	assert_equal "$(jq "[.[] | select(.parent_pid == $program)] | length" \
		<<<"$output")" 3
	program=$(detach "$PROGRAMS/glibc/crowd" threads 3)
	wait_until 60 is_so "$program" .threads 4
}

@test "ps: a terminal shows as much as is wide, a pipe all" {
	local long pid
	long=$(printf '%01000d' 7)
	pid=$(detach "$p/sigs" term "$long" $'\e[31mred\nline')
	wait_until 20 is_so "$pid" .state S
	run -0 pisces ps
	assert_line --partial "sigs term $long ?[31mred?line"
	script -qec "stty cols 90; \"$PISCES\" ps" out </dev/null
	assert_equal "$(grep -a "^$NAME" out | tr -d '\r\n' | wc -c)" 90
	script -qec "stty cols 90; COLUMNS=95 \"$PISCES\" ps" out </dev/null
	assert_equal "$(grep -a "^$NAME" out | tr -d '\r\n' | wc -c)" 95
}

@test "ps: arguments of any length are whole" {
	local many=() pid
	for i in {1..20}; do
		many+=("$(printf "%04000d" "$i")")
	done
	pid=$(detach "$p/sigs" term "${many[@]}")
	wait_until 20 is_so "$pid" .state S
	detach "$p/sigs" term behind >there
	printf '%s\n' "$p/sigs" term "${many[@]}" >expected
	process "$pid" '.arguments[]' | diff expected -
	run -0 pisces ps
	assert_line --regexp ' term behind$'
	assert_equal "${#lines[@]}" 3
}

@test "ps: arguments that have gone are no error" {
	local pid
	pid=$(detach "$p/crowd" title)
	wait_until 20 is_so "$pid" .arguments '[]'
	run -0 pisces ps
	assert_line --regexp '\[crowd\]$'
}

@test "ps: more processes than a page of the list holds, each once" {
	local pid n=600
	pid=$(detach "$p/crowd" $n)
	wait_until 100 has_processes $((n + 1))
	pisces ps --json >list
	jq '.[].pid' list >pids
	sort -nu pids | diff - pids
	assert_equal "$(jq "[.[] | select(.parent_pid == $pid)] | length" \
		list)" $n
	pisces kill -KILL "$pid"
}

has_processes() { # N
	[ "$(pisces ps --json | jq length)" = "$1" ]
}

@test "ps and kill: beside a fork bomb those that stay are listed once" {
	local bomb pid i
	pid=$(detach "$p/sigs" term)
	bomb=$(detach "$p/crowd" bomb)
	wait_until 20 is_so "$bomb" .state S
	for i in {1..5}; do
		pisces ps --json >list
		jq '.[].pid' list >pids
		sort -nu pids | diff - pids
		assert_equal "$(grep -cxE "$pid|$bomb" pids)" 2
		assert_equal "$(jq "[.[] | select(.parent_pid == $bomb)] |
			length" list)" 6
	done
	pisces kill "$pid"
	run -7 pisces wait "$pid"
	pisces kill -9 "$bomb"
	run -137 pisces wait "$bomb"
	wait_until 30 nothing_runs
}

@test "ps: several enclaves, one of them, and one that is not" {
	local there
	pisces boot --cpu 1 --mem 128M --name other
	detach "$p/sigs" term >here
	pisces run -e other --detach "$p/sigs" term >there
	there=$(sed -n 's/.* pid //p' there)
	run -0 pisces ps
	assert_line --regexp "^$NAME .* term$"
	assert_line --regexp "^other +$there root +1 .* term$"
	run -0 pisces ps -e other
	assert_equal "${#lines[@]}" 2
	run -1 --separate-stderr pisces ps none
	assert_regex "$stderr" "^pisces: no enclave is named 'none'"
	run -1 --separate-stderr pisces kill "$there"
	assert_regex "$stderr" '^pisces: there are several enclaves: name one'
	run -125 --separate-stderr pisces wait "$there"
	assert_regex "$stderr" '^pisces: there are several enclaves: name one'
	pisces kill -e other "$there"
	run -7 pisces wait -e other "$there"
	# One that crashed has nothing that runs.
	pisces debug -e other panic
	wait_until 30 is_crashed other
	run -0 pisces ps
	assert_equal "${#lines[@]}" 2
	run -1 --separate-stderr pisces ps other
	assert_regex "$stderr" '^pisces: other has crashed'
}

is_crashed() { # NAME
	[ "$(state_of "$1")" = crashed ]
}

@test "kill: a signal by name, number and default" {
	local pid
	pid=$(detach "$p/sigs" term)
	wait_until 20 is_so "$pid" .state S
	run -0 pisces kill -0 "$pid"
	assert_output ''
	pisces kill "$pid"
	run -7 pisces wait "$pid"
	for how in -KILL -9 '-s kill' '--signal SIGKILL' -SIGKILL; do
		pid=$(detach "$p/sigs" term)
		# shellcheck disable=SC2086 # two words
		run -0 pisces kill $how "$pid"
		run -137 pisces wait "$pid"
	done
	pid=$(detach "$p/sigs" term)
	pisces kill -e "$NAME" -RTMIN+2 "$pid"
	run -164 pisces wait "$pid"
}

@test "kill: who is not there, and some who are" {
	local pid
	run -1 --separate-stderr pisces kill 31999
	assert_equal "$stderr" "pisces: 31999: no such process in $NAME: pisces ps lists them"
	# The control task is no program.
	run -1 pisces kill -9 1
	pid=$(detach "$p/sigs" term)
	run -64 --separate-stderr pisces kill 31999 "$pid" 31998
	assert_equal "${#stderr_lines[@]}" 2
	run -7 pisces wait "$pid"
	run -1 pisces kill "$pid"
}

@test "kill: what makes no sense" {
	for words in '' '-9' '0' '-- -5' 'x' '-s' '-s NOPE 5' '-NOPE 5' \
		'-65 5' '99999999999 5'; do
		# shellcheck disable=SC2086 # several words
		run -2 pisces kill $words
		assert_output --regexp '^pisces: kill: '
	done
}

@test "kill -l lists the signals, and translates" {
	run -0 pisces kill -l
	assert_line --index 0 --regexp '^ 1 HUP +2 INT '
	run -0 pisces kill -l 9 TERM 143 RTMIN+1
	assert_output "KILL
15
TERM
35"
	run -1 pisces kill -l 65
}

@test "a user sees all processes and signals his own" {
	local roots own
	roots=$(detach "$p/sigs" term)
	own=$(as 1000 "$PISCES" run --detach "$p/sigs" term |
		sed 's/.* pid //')
	run -0 as 1000 "$PISCES" ps
	assert_line --regexp "^$NAME +$roots root .* term$"
	assert_line --regexp "^$NAME +$own [a-z0-9]+ .* term$"
	assert_equal "$(as 1000 "$PISCES" ps --json | jq -c '[.[].uid]')" \
		'[0,1000]'
	run -1 --separate-stderr as 1000 "$PISCES" kill "$roots"
	assert_equal "$stderr" "pisces: $roots: not permitted: it is another user's"
	run -1 as 1000 "$PISCES" kill -0 "$roots"
	run -125 --separate-stderr as 1000 "$PISCES" wait "$roots"
	assert_equal "$stderr" "pisces: $roots: not permitted: it is another user's"
	run -0 as 1000 "$PISCES" kill "$own"
	run -7 as 1000 "$PISCES" wait "$own"
	own=$(as 1000 "$PISCES" run --detach "$p/sigs" term |
		sed 's/.* pid //')
	run -0 pisces kill "$own"
	run -7 pisces wait "$own"
	assert_equal "$(process "$roots" .state)" S
	for command in ps 'kill 5' 'wait 5'; do
		# shellcheck disable=SC2086 # two words
		run --separate-stderr as 1001 "$PISCES" $command
		assert_equal "${lines[1]-}" ''
		[ "$command" = ps ] || assert_regex "$stderr" \
			"^pisces: you may not use $NAME: "
	done
}

@test "wait: the status is the program's, as with run" {
	local program
	for status in 0 1 42 255; do
		program=$(detach "$p/exitwith" $status)
		run -$status pisces wait "$program"
		assert_output ''
	done
	program=$(detach "$p/sigs" term)
	start_pisces wait "$program"
	local waiter=$!
	sleep 0.5
	pisces kill -SEGV "$program"
	wait_for $waiter
	assert_equal "$status" 139
}

@test "wait: a status is there until somebody asked for it" {
	local pids=() pid
	# More of them than of kept outputs.
	for i in {1..20}; do
		pids+=("$(detach "$p/exitwith" "$i")")
	done
	wait_until 60 nothing_runs
	for i in {20..1}; do
		run -"$i" pisces wait "${pids[i - 1]}"
	done
	pid=${pids[0]}
	run -127 --separate-stderr pisces wait "$pid"
	assert_equal "$stderr" "pisces: $pid: no program in $NAME that run --detach started, or it was waited for already"
}

@test "wait: for several, and the last one's status counts" {
	local first second
	first=$(detach "$p/sigs" term)
	second=$(detach "$p/exitwith" 5)
	start_pisces wait "$first" "$second"
	local waiter=$!
	sleep 1
	run ! has_ended $waiter
	pisces kill "$first"
	wait_for $waiter
	assert_equal "$status" 5
	run -127 pisces wait "$first"
	first=$(detach "$p/exitwith" 6)
	run -6 --separate-stderr pisces wait 31999 "$first"
	assert_regex "$stderr" '^pisces: 31999: no program in '
}

@test "wait: two who wait both learn of it" {
	local program one two
	program=$(detach "$p/sigs" term)
	start_pisces wait "$program"
	one=$!
	start_pisces wait "$program"
	two=$!
	sleep 1
	pisces kill "$program"
	wait_for $one
	assert_equal "$status" 7
	wait_for $two
	assert_equal "$status" 7
}

@test "wait: for a time" {
	local pid
	pid=$(detach "$p/sigs" term)
	run -124 pisces wait --timeout 0.5 "$pid"
	assert_output ''
	run -124 pisces wait --timeout 0 "$pid"
	pisces kill "$pid"
	run -7 pisces wait --timeout 1m "$pid"
	run -125 pisces wait --timeout soon "$pid"
	assert_output --partial "'soon' is not a time"
}

@test "wait: Ctrl-C ends the waiting, not the program" {
	local program waiter
	program=$(detach "$p/sigs" term)
	start_pisces wait "$program"
	waiter=$!
	sleep 1
	kill -INT $waiter
	wait_for $waiter
	assert_equal "$status" 130
	assert_equal "$(process "$program" .state)" S
	pisces kill "$program"
	run -7 pisces wait "$program"
}

@test "wait: the enclave does not notice" {
	local program waiter before switches
	program=$(detach "$p/sigs" term)
	start_pisces wait "$program"
	waiter=$!
	sleep 2
	before=$(status_of '[.cpus[] | .nmi, .calls]')
	# It is asleep itself, too.
	switches=$(switches_of $waiter)
	sleep 3
	assert_equal "$(status_of '[.cpus[] | .nmi, .calls]')" "$before"
	assert_equal "$(switches_of $waiter)" "$switches"
	pisces kill "$program"
	wait_for $waiter
	assert_equal "$status" 7
}

switches_of() { # PID
	grep ctxt_switches "/proc/$1/status"
}

@test "wait: an attached program has its waiter already" {
	start_pisces run "$p/sigs" term >out
	local runner=$! pid
	wait_until 20 has_line ready out
	program=$(pisces ps --json | jq '.[0].pid')
	run -127 pisces wait "$program"
	pisces kill "$program"
	wait_for $runner
	assert_equal "$status" 7
}

@test "wait: the end of the enclave is an error" {
	local program waiter
	pisces boot --cpu 1 --mem 128M --name other
	program=$(pisces run -e other --detach "$p/sigs" term | sed 's/.* pid //')
	start_pisces wait -e other "$program" 2>err
	waiter=$!
	sleep 1
	pisces destroy other
	wait_for $waiter
	assert_equal "$status" 125
	run -0 cat err
	assert_output --regexp '^pisces: other '
}

# The verdict on a program, and its reason.
verdict() { # PROGRAM
	pisces run --explain "$1" | sed -n 's/^verdict *//p'
}

# It is there, and neither a script nor one of many in a file.
is_program() { # NAME
	local path
	path=$(command -v "$1") && path=$(readlink -f "$path") &&
		[[ $path != */busybox ]] && [ "$(head -c 2 "$path")" != '#!' ]
}

@test "run --explain: what ordinary programs need, an enclave has" {
	local program found=0
	for program in ls cat sort cp dd date bash dash awk gawk jq perl \
		python3 sqlite3 gcc cc1 make git tar sed grep find ps vim; do
		is_program "$program" || continue
		found=$((found + 1))
		run -0 verdict "$program"
		assert_output --regexp '^run: '
	done
	[ $found -ge 8 ] || unfit 'there are too few programs to look at'
}

@test "run --explain: what needs another kernel gets a guest" {
	local program found=0
	for program in mount umount ip strace gdb dmsetup modprobe kmod \
		losetup iptables ping tcpdump kexec perf swapon unshare \
		nsenter qemu-system-x86_64; do
		is_program "$program" || continue
		found=$((found + 1))
		run -0 verdict "$program"
		assert_output --regexp '^vm: it '
	done
	[ $found -ge 4 ] || unfit 'there are too few programs to look at'
}

@test "run --explain needs no enclave, no module and no rights" {
	run -0 --separate-stderr as 1001 "$PISCES" run --explain "$p/hello" \
		with arguments
	assert_line "program      $p/hello"
	assert_line 'kind         statically linked'
	assert_line --regexp '^verdict +run: '
	assert_equal "$stderr" ''
	[ "$(pisces ps --json)" = '[]' ]
}

@test "run --explain lists files, and those that are missing" {
	run -0 pisces run --explain "$PROGRAMS/dynamic/linked"
	assert_line 'kind         dynamically linked'
	assert_line --regexp '^loader +/.*/ld-linux-x86-64\.so\.2$'
	assert_line --regexp '^library +/.*/own/libown\.so$'
	run -0 pisces run --explain "$PROGRAMS/dynamic/lost"
	assert_line "missing      libown.so, which $PROGRAMS/dynamic/lost needs"
	assert_line 'verdict      run: but what is missing has to be found first'
	printf '#!%s x\n' "$p/hello" >script
	printf '#!/nowhere/interpreter\n' >lost
	chmod +x script lost
	run -0 pisces run --explain ./script
	assert_line 'kind         a script'
	assert_line "interpreter  $p/hello"
	assert_line --regexp '^verdict +run: '
	run -0 pisces run --explain ./lost
	assert_line --regexp '^missing +/nowhere/interpreter, which '
	run -127 pisces run --explain ./none
	run -126 pisces run --explain /etc/passwd
	run -125 pisces run --json "$p/hello"
	run -125 pisces run --explain
}

@test "run --explain: JSON says the same, from the co-kernel's own table" {
	pisces run --explain --json "$PROGRAMS/glibc/crowd" >out
	assert_equal "$(jq -r '[.program, .kind, .verdict] | join(" ")' out)" \
		"$PROGRAMS/glibc/crowd static run"
	assert_equal "$(jq -r '.calls[] | select(.name == "write") |
		[.number, .served, .by[0]] | join(" ")' out)" \
		"1 true $PROGRAMS/glibc/crowd"
	pisces run --explain --json "$PROGRAMS/dynamic/hello" >out
	assert_equal "$(jq -r '.files[] | select(.kind == "library" and
		(.name | startswith("libc."))) | .needed_by' out)" \
		"$PROGRAMS/dynamic/hello"
	assert_equal "$(jq '[.calls[] | select(.name == "ptrace")] |
		length' out)" 0
}
