#!/usr/bin/env bats
# 112-noise: pisces noise measures what keeps an enclave's and Linux's CPUs from
# computing.
# machine: --cpus 4

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
}

teardown() {
	[ -z "${pid-}" ] || kill -KILL "$pid" 2>/dev/null || :
	wait_until 60 nothing_runs
}

nothing_runs() {
	[ "$(pisces ps -e "$NAME" --json)" = '[]' ]
}

# The measuring process on Linux, or in the enclave, by its pid.
linux_measures() {
	pgrep -f '^pisces noise --measure' >measuring
}

enclave_measures() {
	pisces ps -e "$NAME" --json |
		jq -e '.[] | select(.state == "R") | .pid' >measuring
}

# Interrupts that Linux counts for CPU.
linux_interrupts() { # CPU
	awk -v cpu="CPU$1" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == cpu) column = i + 1; next }
		$1 != "ERR:" && $1 != "MIS:" { sum += $column }
		END { print sum }' /proc/interrupts
}

@test "both CPUs of the enclave and one of Linux: the enclave's take no interrupt" {
	local before after
	before=$(linux_interrupts 1)
	run -0 pisces noise --cpus 2-3 --host 1 --seconds 1 --json
	after=$(linux_interrupts 1)
	echo "$output" >json
	run -0 jq -c '.cpus[] | [.side, .enclave, .cpu]' json
	assert_output "[\"enclave\",\"$NAME\",2]
[\"enclave\",\"$NAME\",3]
[\"linux\",null,1]"
	run -0 jq -c '[.cpus[:2][].interrupts]' json
	assert_output '[0,0]'
	run -0 jq '.cpus[2].interrupts' json
	[ "$output" -gt 0 ]
	[ "$output" -le $((after - before)) ]
	jq -e '[.cpus[] | .work.count > 0, .work.shortest_ns > 0,
		.work.kept == .work.count, .work.time_ns >= 800000000,
		.detours.time_ns >= 800000000,
		.work.lost_ns < .work.time_ns] | all' json
	jq -e '.time_ns == 1000000000 and .threshold_ns == 1000 and
		.work_ns == 100000 and (.hypervisor | type) == "string"' json
}

@test "for people: tables, plots, histograms, and what cannot be known" {
	run -0 pisces noise --cpus 2 --host 1 --seconds 0.2 --threshold 1ns
	assert_line --regexp '^detours: gaps above 1 ns, for 200 ms$'
	assert_line --regexp '^work: turns of about 100 us, for 200 ms$'
	assert_line --regexp "^$NAME 2 +0\$"
	assert_line --regexp '^linux 1 +[0-9]+( +[0-9.]+ [num]?s){5} +[0-9.]+ %$'
	assert_line --regexp "^This machine is a guest of a hypervisor \\(.*\\)"
	assert_line "detours by when they were: o $NAME + linux # both"
	assert_line "turns of work by when they were: o $NAME + linux # both"
	assert_line --regexp '^ +0 +[0-9.]+ (ms|s)$'
	assert_line --regexp '^ +0 % +[0-9]+ '
	[ "$(grep -c '^[ 0-9.]* [num]\?s |' <<<"$output")" = 24 ]
}

@test "nothing to plot is said" {
	run -0 pisces noise --seconds 0.01 --threshold 1h --work 1ms
	assert_line 'no detours to plot'
	assert_line --regexp "^$NAME 3 +0( +-){5} +0 %\$"
}

@test "CSV has every sample, and SVG both sides" {
	run -0 pisces noise --host 0 --seconds 0.2 --csv csv --svg svg --json
	echo "$output" >json
	run -0 jq '[.cpus[] | .detours.kept, .work.kept] | add' json
	[ "$(wc -l <csv)" = $((output + 1)) ]
	run -0 head -n 1 csv
	assert_output 'side,cpu,loop,start_ns,duration_ns'
	[ "$(grep -c "^$NAME,3,work,[0-9]*,[0-9]*$" csv)" = \
		"$(jq '.cpus[0].work.kept' json)" ]
	[ "$(grep -c '^linux,0,detour,[0-9]*,[0-9]*$' csv)" = \
		"$(jq '.cpus[1].detours.kept' json)" ]
	[[ "$(head -c 4 svg)" = '<svg' && "$(tail -n 1 svg)" = '</svg>' ]]
	[ "$(grep -c '<path class="enclave"' svg)" = 4 ]
	[ "$(grep -c '<path class="linux"' svg)" = 4 ]
	grep -q ">$NAME</text>" svg
	# The shortest one of the measurement is in the file, too.
	[ "$(awk -F , '$1 == "linux" && $3 == "work" && (!n++ || $5 < least) {
		least = $5 } END { print least }' csv)" -ge \
		"$(jq '.cpus[1].work.shortest_ns' json)" ]
}

# Past its calibration: it has had a second of CPU time.
linux_has_begun() {
	linux_measures && awk '{ exit $14 < 100 }' "/proc/$(cat measuring)/stat"
}

enclave_has_begun() {
	pisces ps -e "$NAME" --json |
		jq -e '.[] | select(.cpu_time_ns > 1000000000) | .pid' >measuring
}

longest() { # CPU-INDEX FILE
	jq "[.cpus[$1] | .detours.longest_ns, .work.longest_ns] | max" "$2"
}

@test "a process that is stopped for half a second: a detour of that" {
	local here there
	start_pisces noise --cpus 2 --host 1 --seconds 10 --json >json
	wait_until 60 linux_has_begun
	here=$(cat measuring)
	wait_until 60 enclave_has_begun
	there=$(cat measuring)
	kill -STOP "$here"
	pisces kill -e "$NAME" -STOP "$there"
	sleep 0.5
	kill -CONT "$here"
	pisces kill -e "$NAME" -CONT "$there"
	wait_for "$pid"
	[ "$status" = 0 ]
	[ "$(longest 0 json)" -ge 500000000 ]
	[ "$(longest 1 json)" -ge 500000000 ]
}

@test "without an enclave Linux alone is measured, by anybody" {
	run -0 as 65534 "$PISCES" noise --no-enclave --host 0 --seconds 0.1 --json
	run -0 jq -c '.cpus[] | [.side, .cpu]' <<<"$output"
	assert_output '["linux",0]'
}

@test "who owns the enclave measures in it; others may not" {
	run -0 as 1000 "$PISCES" noise --seconds 0.1 --json
	run -1 as 65534 "$PISCES" noise --seconds 0.1
	assert_output "pisces: you may not use $NAME: ask root to give you /dev/pisces-$NAME"
}

@test "Ctrl-C ends it on both sides, and leaves no file" {
	start_pisces noise --cpus 2 --host 1 --seconds 1h --csv csv 2>err
	wait_until 60 linux_measures
	wait_until 60 enclave_measures
	kill -INT "$pid"
	wait_for "$pid"
	[ "$status" = 130 ]
	assert_equal "$(cat err)" 'pisces: interrupted by Interrupt'
	[ ! -e csv ]
	run -1 linux_measures
	wait_until 60 nothing_runs
}

@test "kill -9 ends the measuring processes, too" {
	start_pisces noise --cpus 2 --host 1 --seconds 1h
	wait_until 60 linux_measures
	wait_until 60 enclave_measures
	kill -KILL "$pid"
	wait_for "$pid"
	not_measured() {
		! linux_measures
	}
	wait_until 60 not_measured
	wait_until 60 nothing_runs
}

@test "a measuring process that is killed is an error, and ends the others" {
	start_pisces noise --cpus 2 --host 1 --seconds 1h 2>err
	wait_until 60 linux_measures
	wait_until 60 enclave_measures
	pisces kill -e "$NAME" -KILL "$(head -n 1 measuring)"
	wait_for "$pid"
	[ "$status" = 1 ]
	assert_equal "$(cat err)" \
		'pisces: noise: the measurement on CPU 2 was ended early'
	run -1 linux_measures
}

@test "what makes no sense is refused before anything is measured" {
	run -1 pisces noise --cpus 9
	assert_output "pisces: CPU 9 is not one of $NAME's: it has 2-3"
	run -1 pisces noise --host 3
	assert_output "pisces: noise: --host: CPU 3 is not one of Linux's that are online"
	run -2 pisces noise --host +1
	assert_output "pisces: noise: --host: '+1' is not a list of CPUs, such as 3 or 2-3,5"
	run -2 pisces noise --no-enclave
	assert_output 'pisces: noise: --no-enclave needs --host'
	run -2 pisces noise --no-enclave --host 0 --cpus 2
	assert_output 'pisces: noise: --no-enclave does not go with --cpus'
	run -2 pisces noise --seconds 0
	assert_output "pisces: noise: --seconds: '0' is not a time above 0 and up to 1h"
	run -2 pisces noise --seconds soon
	assert_output --partial "pisces: noise: --seconds: 'soon' is not a time: write"
	run -2 pisces noise --cpus x
	assert_output --partial "pisces: noise: 'x' is not a list of CPUs: write"
	run -2 pisces noise --seconds 2h
	assert_output "pisces: noise: --seconds: '2h' is not a time above 0 and up to 1h"
	run -2 pisces noise --seconds 1ms --work 2ms
	assert_output 'pisces: noise: a turn of --work takes longer than --seconds'
	run -2 pisces noise more
	assert_output --regexp "^pisces: noise: takes no argument 'more'"
	run -1 pisces noise -e nobody
	assert_output --regexp "^pisces: .*nobody"
	run -1 pisces noise --csv csv --svg none/svg
	assert_output 'pisces: noise: cannot write none/svg: No such file or directory'
	[ ! -e csv ]
}
