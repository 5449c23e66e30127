#!/usr/bin/env bats
# 037-top: what the enclaves' CPUs do can be watched, at no cost to them.

load helpers

setup_file() {
	begin_file
	pisces boot --cpu 2-3 --mem 256M --name "$NAME" --owner 1000
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	chmod 777 .
	p=$PROGRAMS/musl
	export TERM=xterm what='-d 1h'
}

teardown() {
	pisces ps -e "$NAME" --json | jq '.[].pid' |
		xargs -r "$PISCES" kill -e "$NAME" -KILL 2>/dev/null || :
	! [[ "$(pisces list --json)" == *'"other"'* ]] || pisces destroy other
	wait_until 60 nothing_runs
}

nothing_runs() {
	[ "$(pisces ps -e "$NAME" --json)" = '[]' ] && are_idle 2 3
}

# Starts a program there; prints its pid.
detach() { # OPTION... PROGRAM ARGUMENT...
	pisces run -e "$NAME" --detach "$@" | sed -n 's/^session .* pid //p'
}

# One look, at the enclave's CPUs.
cpus_now() {
	pisces top --json -n 1 "$NAME" | jq -c '.enclaves[0].cpus[]'
}

are_idle() { # CPU...
	local list
	list=$(cpus_now)
	for cpu; do
		grep -q "\"cpu\":$cpu,.*\"tasks\":0,.*\"pid\":null,\"name\":null" \
			<<<"$list" || return
	done
}

# NAME is as JSON has it.
runs() { # PID NAME
	pisces top --json -n 1 "$NAME" |
		grep -qF "\"pid\": $1, \"name\": \"$2\""
}

# What the CPUs did in so long.
changes() { # SECONDS
	pisces top --json -n 2 -d "$1" "$NAME" |
		jq -sc '.[1].enclaves[0].cpus[]'
}

# All that top could have cost.
costs() {
	status_of '.cpus[] | {cpu, timer, broadcast, device, spurious, nmi,
		restarts, faults, calls, switches, idle, flushes}'
}

# As top, at a terminal of 24 by 80, with what to do there on stdin. Sets
# $status.
at_terminal() { # COMMAND...
	status=0
	PS1='ready> ' timeout -k 10 100 env --default-signal=INT,QUIT \
		"$PROGRAMS/tools/on-terminal" 24 80 "$@" >shown 2>shown.err ||
		status=$?
	cat -v shown shown.err
}

@test "a program that computes is shown, its CPU busy and the other one idle" {
	local pid
	pid=$(detach --cpus 3 "$p/names" self computes)
	wait_until 20 runs "$pid" computes
	wait_until 20 are_idle 2
	changes 1 >out
	assert_equal "$(jq -c 'select(.cpu == 2) |
		[.busy_permille, .tasks, .pid, .name]' out)" '[0,0,null,null]'
	assert_equal "$(jq -c 'select(.cpu == 3) | [.tasks, .pid, .name,
		.interrupts, .nmi, .faults, .calls, .switches]' out)" \
		"[1,$pid,\"computes\",0,0,0,0,0]"
	assert [ "$(jq 'select(.cpu == 3).busy_permille' out)" -ge 995 ]
	run -0 pisces top --batch -n 2 -d 0.5
	assert_line --regexp "^$NAME +2 +0\.0 +0 +0 +0 +0 +0 +0 +- -$"
	assert_line --regexp "^$NAME +3 +(99\..|100\.0) +1 +0 +0 +0 +0 +0 +$pid computes$"
}

@test "looking costs the enclave nothing, neither its busy CPU nor the idle one" {
	local pid before
	pid=$(detach --cpus 3 "$p/names" self computes)
	wait_until 20 runs "$pid" computes
	wait_until 20 are_idle 2
	before=$(costs)
	pisces top --count 5 --delay 0.2 >out
	assert_equal "$(grep -c ' computes$' out)" 5
	assert_equal "$(costs)" "$before"
	pisces top --count 5 --delay 0.2 --json "$NAME" >out
	assert_equal "$(costs)" "$before"
}

@test "a CPU that is busy half of the time is so" {
	local pid busy
	pid=$(detach --cpus 3 "$p/names" half)
	wait_until 20 runs "$pid" names
	changes 4 >out
	busy=$(jq 'select(.cpu == 3).busy_permille' out)
	cat out
	assert [ "$busy" -ge 300 ]
	assert [ "$busy" -le 700 ]
	assert [ "$(jq 'select(.cpu == 3) | .switches' out)" -ge 8 ]
}

@test "two programs that share a CPU keep it busy, and both are seen" {
	local one two
	one=$(detach --cpus 3 "$p/names" self one)
	two=$(detach --cpus 3 "$p/names" self two)
	wait_until 30 runs "$one" one
	wait_until 30 runs "$two" two
	changes 2 >out
	assert_equal "$(jq -c 'select(.cpu == 3) | [.tasks,
		.busy_permille >= 995, .switches > 0, .interrupts > 0]' out)" \
		'[2,true,true,true]'
}

@test "names: of threads, of programs that are executed, of those who rename" {
	local pid
	pid=$(detach "$p/names" thread a-helper)
	wait_until 20 runs "$pid" a-helper
	pisces kill -9 "$pid"
	wait_until 60 nothing_runs
	pid=$(detach "$p/names" self 'fifteen letters and more')
	wait_until 20 runs "$pid" 'fifteen letters'
	pisces kill -9 "$pid"
	wait_until 60 nothing_runs
	pid=$(detach --with "$p/spin" "$(command -v busybox)" sh -c \
		"exec $p/spin 1000000")
	wait_until 20 runs "$pid" spin
}

@test "names: what would upset a terminal does not reach it" {
	local pid odd=$'\e[31mr\xc3\n"'
	pid=$(detach "$p/names" self "$odd")
	wait_until 20 runs "$pid" '\u001b[31mr\u00c3\u000a\"'
	run -0 pisces top -n 1
	assert_line --regexp " $pid \?\[31mr\?\?\"$"
	at_terminal "$PISCES" top -d 1h <<-'END'
		expect ?[31mr??"
		send q
	END
	assert_equal "$status" 0
	run ! grep -aF $'\e[31m' shown
	cp "$p/spin" $'x\e[1m'
	pid=$(detach ./$'x\e[1m' 1000000)
	wait_until 20 runs "$pid" 'x\u001b[1m'
	run -0 pisces top -n 1
	assert_line --regexp " $pid x\?\[1m$"
}

@test "tables: the first look has no figures, the only one has totals" {
	run -0 pisces top --batch -n 2 -d 0.3
	assert_line --index 0 --regexp '^[0-9:]{8}$'
	assert_line --index 1 --regexp '^ENCLAVE +STATE +UPTIME +MEMORY +USED +FREE +TASKS +SESSIONS$'
	assert_line --index 2 --regexp "^$NAME +running +[0-9ms]+ +256 MiB +[0-9.]+ MiB +[0-9.]+ MiB +1 +[0-9]+$"
	assert_line --index 3 --regexp '^ENCLAVE +CPU BUSY% TASKS +INTR +NMI FAULTS +CALLS SWITCHES +PID NAME$'
	assert_line --index 4 --regexp "^$NAME +2 +- +0 +- +- +- +- +- +- -$"
	assert_line --index 6 --regexp '^[0-9:]{8}, in the last [0-9.]+ s$'
	assert_line --index 10 --regexp "^$NAME +2 +0\.0 +0 +0 +0 +0 +0 +0 +- -$"
	# Empty lines, which run leaves out: within a look and between two.
	pisces top --batch -n 2 -d 0.3 >out
	assert_equal "$(grep -n '^$' out | tr '\n' ' ')" '4: 8: 12: '
	run -0 pisces top -n 1
	assert_line --index 0 --regexp ', since each CPU joined$'
	cpus_now | jq -c '[.interrupts, .nmi, .calls, .switches]' >out
	pisces status --json "$NAME" |
		jq -c '.cpus[] | [.interrupts, .nmi, .calls, .switches]' |
		diff out -
}

@test "JSON: a line for each look, with all keys" {
	pisces top --json -n 3 -d 0.2 >out
	assert_equal "$(wc -l <out)" 3
	while read -r line; do
		jq -e . <<<"$line" >/dev/null
	done <out
	assert_equal "$(jq -sc 'map(.interval_ns) | [.[0], (.[1:][] |
		. >= 200000000)]' out)" '[null,true,true]'
	assert_equal "$(jq -sc '.[2].enclaves[0] | keys' out)" \
		'["cpus","id","memory_free","memory_total","memory_used","name","responding","sessions","state","tasks","uptime_ns"]'
	assert_equal "$(jq -sc '.[2].enclaves[0].cpus[0] | keys' out)" \
		'["busy_permille","calls","cpu","faults","interrupts","name","nmi","node","pid","switches","tasks"]'
	assert_equal "$(jq -sc '.[2].enclaves[0] | .memory_total ==
		.memory_used + .memory_free and .memory_total == 268435456 and
		.uptime_ns > 0' out)" true
	assert_equal "$(jq -sc '.[0].enclaves[0].cpus[] | [.busy_permille,
		.interrupts, .nmi, .faults, .calls, .switches]' out | sort -u)" \
		'[null,null,null,null,null,null]'
}

@test "CPUs that leave and join in between" {
	local pid
	pid=$(detach --cpus 3 "$p/names" self busy)
	wait_until 20 runs "$pid" busy
	mkfifo looks
	"$PISCES" top --json -d 0.2 "$NAME" >looks 3>&- &
	local top=$!
	exec 8<looks
	pisces kill -9 "$pid"
	pisces rm-cpu 3 >/dev/null
	wait_until 30 has_cpus '[2]'
	pisces add-cpu 3 >/dev/null
	wait_until 30 has_cpus '[2,3]'
	# Never more than there is.
	assert_equal "$(jq '.enclaves[0].cpus[] | select(.cpu == 3) |
		.busy_permille == 0 and .calls < 1000 and .pid == null' \
		<<<"$line")" true
	kill -TERM $top
	wait_for $top
	exec 8<&-
	assert_equal "$status" 0
}

# Reads on from descriptor 8 into $line.
has_cpus() { # ARRAY
	read -r -t 20 line <&8 &&
		[ "$(jq -c '[.enclaves[0].cpus[].cpu]' <<<"$line")" = "$1" ]
}

@test "an enclave that crashed stands still, and what ran there is seen" {
	local pid
	pisces boot --cpu 1 --mem 128M --name other
	pid=$(pisces run -e other --detach "$p/spin" 1000000 |
		sed -n 's/^session .* pid //p')
	sleep 1
	pisces debug panic other
	wait_until 20 has_crashed
	run -0 pisces top --batch -n 2 -d 0.3
	assert_line --regexp '^other +crashed +'
	assert_line --regexp "^other +1 +- +1 +- +- +- +- +- +$pid spin$"
	assert_line --regexp "^$NAME +2 +0\.0 "
	assert_equal "$(pisces top --json -n 2 -d 0.3 other |
		jq -sc '.[1].enclaves[] | [.name, .state,
		.cpus[0].busy_permille]')" '["other","crashed",null]'
}

has_crashed() {
	[ "$(state_of other)" = crashed ]
}

@test "enclaves come and go; the end of the one that is watched is the end" {
	local all one
	start_pisces top --batch -d 0.2 >all 2>all.err
	all=$pid
	pisces boot --cpu 1 --mem 128M --name other
	start_pisces top --batch -d 0.2 other >one 2>one.err
	one=$pid
	wait_until 20 grep -q '^other .* running ' all
	wait_until 20 grep -q '^other .* running ' one
	run ! grep "^$NAME" one
	pisces destroy other
	wait_for "$one"
	assert_equal "$status" 0
	assert_equal "$(cat one.err)" 'pisces: other is gone'
	wait_until 20 is_without_other all
	kill -INT "$all"
	wait_for "$all"
	assert_equal "$status" 0
	assert_equal "$(cat all.err)" ''
}

# The latest look, whole or not, has no line of it.
is_without_other() { # FILE
	! tail -n 7 "$1" | grep -q '^other'
}

@test "a user sees the enclaves that are his" {
	run -0 as 1000 "$PISCES" top -n 1
	assert_line --regexp "^$NAME +running "
	assert_line --regexp "^$NAME +3 "
	run -0 as 1000 "$PISCES" top -n 1 "$NAME"
	run -0 as 1001 "$PISCES" top -n 1
	assert_line --index 1 'no enclave'
	run -1 --separate-stderr as 1001 "$PISCES" top "$NAME"
	assert_regex "$stderr" "^pisces: you may not use $NAME: "
	assert_equal "$(as 1001 "$PISCES" top -n 1 --json | jq -c .enclaves)" \
		'[]'
}

@test "wrong usage, and names that are none" {
	local words
	for words in '-d 0' '-d 0.001' '-d soon' '-d' '-n 0' '-n x' '-n' \
		'one two' '-e one two' '--nonsense'; do
		run -2 --separate-stderr pisces top $words
		assert_regex "$stderr" '^pisces: top: '
		assert_equal "${#stderr_lines[@]}" 1
		assert_output ''
	done
	run -1 --separate-stderr pisces top nowhere
	assert_equal "$stderr" \
		"pisces: no enclave is named 'nowhere'; there is $NAME"
	assert_output ''
}

@test "what cannot be written is an error" {
	run -1 bash -c '"$PISCES" top --batch -d 0.1 2>err >/dev/full'
	assert_equal "$(cat err)" 'pisces: cannot write to standard output'
}

@test "top sleeps between two looks" {
	local switches
	start_pisces top --batch -d 1h >out
	wait_until 20 grep -q NAME out
	sleep 1
	switches=$(grep ctxt_switches "/proc/$pid/status")
	sleep 2
	assert_equal "$(grep ctxt_switches "/proc/$pid/status")" "$switches"
	kill -TERM "$pid"
	wait_for "$pid"
	assert_equal "$status" 0
}

# The mode of the terminal, and the screen, are as before.
is_restored() {
	diff before after
	grep -qaF $'\e[?1049h' shown
	assert_equal "$(grep -aoE $'\e\\[\\?(1049|25)[hl]' shown | tail -n 2 |
		tr -d '\033' | tr '\n' ' ')" '[?25h [?1049l '
}

# A trap that the shell itself needs: top is in the foreground with it.
in_between='trap : INT TERM HUP QUIT; stty -g >before; "$PISCES" top $what
	echo "was $?"; stty -g >after; read -r line'

@test "terminal: q leaves, space looks at once, all is restored" {
	at_terminal sh -c "$in_between" <<-'END'
		expect look now
		expect NAME
		send x\x20
		expect , in the last
		expect NAME
		send q
		expect was 0
		send \r
	END
	assert_equal "$status" 0
	is_restored
	# Keys were not echoed, and had not to wait for a line.
	run ! grep -aq 'x ' shown
}

@test "terminal: the screen is as large as the terminal, and says what is hidden" {
	at_terminal sh -c "$in_between" <<-'END'
		expect NAME
		resize 5 30
		expect (3 more lines)
		resize 24 30
		expect CPU BUSY%
		resize 24 100
		expect PID NAME
		send q
		expect was 0
		send \r
	END
	assert_equal "$status" 0
	is_restored
	# What was drawn on 5 lines of 30.
	sed 's/\x1b\[[0-9]*;1H/\n/g' shown | sed 's/\x1b\[2K//g' | tr -d '\r' \
		>rows
	assert_equal "$(grep -c . <(sed -n '/more lines/q;p' rows))" 11
	grep -qx 'ENCLAVE STATE          UPTIME ' rows
}

@test "terminal: signals end it, and all is restored" {
	local signal
	at_terminal sh -c "$in_between" <<-'END'
		expect NAME
		send \x03
		expect was 0
		send \r
	END
	assert_equal "$status" 0
	is_restored
	for signal in TERM HUP QUIT INT; do
		watch_in_background
		pkill -$signal -x -f "$PISCES top $what"
		wait_for $pid
		is_restored
		grep -qaF 'was 0' shown
	done
}

# Comes back when top has drawn. Sets $pid.
watch_in_background() {
	rm -f shown
	at_terminal sh -c "$in_between" >/dev/null 3>&- <<-'END' &
		expect NAME
		expect was
		send \r
	END
	pid=$!
	wait_until 60 grep -qsa NAME shown
}

@test "terminal: Ctrl-Z stops it, and it comes back" {
	at_terminal bash --norc -i <<-'END'
		expect ready>
		send stty -g >before; "$PISCES" top -d 1h\r
		expect NAME
		send \x1a
		expect Stopped
		expect ready>
		send stty -g >after; cmp before after && echo the sa''me\r
		expect the same
		expect ready>
		send fg\r
		expect NAME
		send q
		expect ready>
		send stty -g >after; echo rest''ored\r
		expect restored
		send exit 5\r
	END
	assert_equal "$status" 5
	is_restored
	assert_equal "$(grep -aoF $'\e[?1049h' shown | wc -l)" 2
}

@test "terminal: the end of the enclave is told where it can be read" {
	pisces boot --cpu 1 --mem 128M --name other
	what='-d 0.3 other'
	watch_in_background
	pisces destroy other
	wait_for $pid
	is_restored
	sed 's/.*\[?1049l//' shown | tr -d '\r' | grep -a . >said
	assert_equal "$(cat said)" "pisces: other is gone
was 0"
}

@test "terminal: one that cannot, or a wish, gets tables one after another" {
	TERM=dumb at_terminal "$PISCES" top -n 2 -d 0.2 </dev/null
	assert_equal "$status" 0
	run ! grep -aF $'\e' shown
	at_terminal "$PISCES" top --batch -n 2 -d 0.2 </dev/null
	run ! grep -aF $'\e' shown
	assert_equal "$(grep -c '^ENCLAVE' shown)" 4
	at_terminal "$PISCES" top --json -n 2 -d 0.2 </dev/null
	assert_equal "$(tr -d '\r' <shown | jq -s length)" 2
}

# This one ends the enclave, and boots it again.
@test "the module may go, and come back" {
	start_pisces top --batch -d 0.2 >>out 2>err
	local top=$pid
	wait_until 20 grep -q "^$NAME" out
	pisces destroy "$NAME" >/dev/null
	wait_until 20 grep -q '^no enclave' out
	wait_until 20 pisces unload
	run -0 pisces top -n 1
	assert_line --index 1 'no enclave'
	assert_equal "$(pisces top --json -n 1 | jq -c .enclaves)" '[]'
	run -1 pisces top "$NAME"
	assert_output 'pisces: no enclave is running: start one with pisces boot'
	: >out
	pisces boot --cpu 2-3 --mem 256M --name "$NAME" --owner 1000
	wait_until 20 grep -q "^$NAME .* running " out
	kill -TERM $top
	wait_for $top
	assert_equal "$status" 0
	assert_equal "$(cat err)" ''
}
