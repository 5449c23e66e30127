#!/usr/bin/env bats
# 160-grow: an enclave gets CPUs and memory and gives them back while it runs.
# machine: --cpus 8 --mem 6G --nodes 2

load helpers
ROUNDS=${ROUNDS:-3}
BATS_TEST_TIMEOUT=$((600 + ROUNDS * 60))

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ "$CPU" -ge 7 ] || unfit "there are fewer than 8 CPUs"
	p=$PROGRAMS/musl
	machine_state >before
	boot --node "$(node_of "$CPU")"
}

teardown() {
	pisces destroy --all
	machine_state | diff before -
}

memory_of() {
	status_of '.memory / 1048576'
}

@test "CPUs one by one and in one go, removed and added again" {
	local round cpu
	for ((round = 0; round < ROUNDS; round++)); do
		for cpu in 2 3 4 5 6; do
			pisces add-cpu $cpu
		done
		assert_equal "$(cpus_of)" "2 3 4 5 6 $CPU"
		threads_see 2 3 4 5 6 "$CPU"
		pisces rm-cpu 2-6
		assert_equal "$(cpus_of)" "$CPU"
		cpu_works 4
		pisces add-cpu 2-6
		assert_equal "$(cpus_of)" "2 3 4 5 6 $CPU"
		threads_see 2 3 4 5 6 "$CPU"
		pisces rm-cpu +5
		assert_equal "$(cpus_of)" "$CPU"
		for cpu in 2 3 4 5 6; do
			cpu_works $cpu
		done
	done
	threads_see "$CPU"
}

@test "boot takes several CPUs at once, and +N chooses of one node" {
	pisces destroy
	run -0 pisces boot --cpu 2,4-6 --name "$NAME"
	assert_equal "$(cpus_of)" "2 4 5 6"
	threads_see 2 4 5 6
	pisces destroy
	machine_state | diff before -
	run -0 pisces boot --cpu +3 --name "$NAME"
	assert_equal "$(status_of '[.cpus[].node] | unique | length')" 1
	pisces add-cpu +1
	assert_equal "$(status_of '[.cpus[].node] | unique | length')" 1
	assert_equal "$(status_of '.cpus | length')" 4
}

@test "other CPUs see at once that memory was taken from a program" {
	pisces add-cpu 4-6
	run -0 --separate-stderr pisces run "$p/shootdown" 200
	assert_output '200 rounds, stale 0'
	assert_regex "$stderr" '^3 readers, '
}

@test "a CPU to which a task is bound stays, unless it is forced" {
	pisces add-cpu 6
	start_pisces run "$p/threads" 100000000 >out 2>&1
	wait_until 30 two_compute
	run -1 --separate-stderr pisces rm-cpu 6
	assert_regex "$stderr" '^pisces: .*threads'
	assert_equal "$(cpus_of)" "6 $CPU"
	pisces rm-cpu --force 6
	assert_equal "$(cpus_of)" "$CPU"
	cpu_works 6
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 143
}

two_compute() {
	[ "$(status_of .tasks)" -ge 3 ]
}

@test "an add-cpu killed at any instant stops no other CPU" {
	local round begin took us
	start_pisces run "$p/churn" >out
	wait_until 60 grep -q churning out
	begin=${EPOCHREALTIME/./}
	pisces add-cpu 6
	took=$((${EPOCHREALTIME/./} - begin))
	pisces rm-cpu 6
	for ((round = 1; round <= 10; round++)); do
		"$PISCES" add-cpu 6 3>&- &
		us=$((took / 2 + took * round / 20))
		sleep "$(printf '%d.%06d' $((us / 1000000)) $((us % 1000000)))"
		kill -KILL $! || :
		wait $! || :
		run -0 pisces run "$p/hello"
		pisces reclaim
		[ "$(cpus_of)" = "$CPU" ] || pisces rm-cpu 6
	done
	refute has_ended $pid
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 143
}

@test "tasks of a CPU that leaves go on on another" {
	pisces add-cpu 6
	start_pisces run "$p/spin" 6 >one
	first=$pid
	start_pisces run "$p/spin" 6 >two
	wait_until 30 grep -q spinning one
	wait_until 30 grep -q spinning two
	pisces rm-cpu 6
	pisces add-cpu 5
	wait_for $first
	assert_equal "$status" 0
	wait_for $pid
	assert_equal "$status" 0
	grep -q 'always the same' one
	grep -q 'always the same' two
}

@test "an enclave's first CPU and first block stay" {
	run -1 --separate-stderr pisces rm-cpu "$CPU"
	assert_regex "$stderr" "^pisces: .*CPU $CPU"
	run -1 --separate-stderr pisces rm-mem 128M
	assert_regex "$stderr" '^pisces: '
	assert_equal "$(cpus_of)" "$CPU"
	assert_equal "$(memory_of)" 128
}

@test "memory from two nodes, all of it used, and given back" {
	local round
	for ((round = 0; round < 4; round++)); do
		pisces add-mem 128M@0
		pisces add-mem 128M@1
	done
	pisces add-mem 384M --node 0
	pisces add-mem 512M --node 1
	assert_equal "$(memory_of)" 2048
	assert_equal "$(status_of '[.blocks[].node] | unique | join(" ")')" "0 1"
	run -0 pisces run "$p/fill"
	assert_regex "$output" '^(19[0-9][0-9]|20[0-9][0-9]) MiB, 0 wrong$'
	wait_until 20 frees_blocks
	pisces rm-mem 1G
	assert_equal "$(memory_of)" 1024
	pisces rm-mem 896M
	assert_equal "$(memory_of)" 128
	run -0 pisces run "$p/fill"
	assert_output --partial ' 0 wrong'
}

# For rm-mem: all blocks but the first are free.
frees_blocks() {
	[ "$(status_of '[.blocks[] | select(.free < .size - 1048576)] | length')" \
		-le 1 ]
}

@test "memory that a program uses is not taken, and the program is named" {
	pisces add-mem 256M
	mkfifo stdin
	start_pisces run "$p/fill" hold <stdin >out &
	exec 8>stdin
	wait_until 60 grep -q MiB out
	run -1 --separate-stderr pisces rm-mem 128M
	assert_regex "$stderr" '^pisces: .*fill'
	assert_equal "$(memory_of)" 384
	exec 8>&-
	wait_until 60 no_sessions
	pisces rm-mem 256M
	assert_equal "$(memory_of)" 128
}

no_sessions() {
	[ "$(status_of .sessions)" = 0 ]
}

@test "what cannot be had whole is not taken in part" {
	run -1 --separate-stderr pisces add-cpu 4,5,99
	assert_regex "$stderr" '^pisces: there is no CPU 99'
	assert_equal "$(cpus_of)" "$CPU"
	run -1 --separate-stderr pisces add-cpu "4,5,$CPU"
	assert_regex "$stderr" "^pisces: CPU $CPU "
	assert_equal "$(cpus_of)" "$CPU"
	run -1 --separate-stderr pisces add-mem 100G
	assert_regex "$stderr" '^pisces: '
	assert_equal "$(memory_of)" 128
	run -1 --separate-stderr pisces rm-cpu 4
	assert_regex "$stderr" '^pisces: '
	pisces destroy
	machine_state | diff before -
}

@test "--dry-run says what would be taken and takes nothing" {
	run -0 pisces add-cpu --dry-run 4-5
	assert_output --regexp '4-5'
	run -0 pisces add-mem --dry-run 256M
	assert_output --regexp '256 MiB'
	run -0 pisces boot --dry-run --cpu 2 --name other
	assert_output --regexp 'CPU 2'
	assert_equal "$(cpus_of)" "$CPU"
	assert_equal "$(memory_of)" 128
	assert_equal "$(pisces list --json | jq length)" 1
}

@test "Linux cannot take back what was added" {
	local block
	pisces add-cpu 5
	pisces add-mem 128M
	run bash -c "echo 1 >$sys_cpu/cpu5/online"
	assert_failure
	block=$(status_of '[.blocks[].start] | max')
	block=$sys_memory/memory$((block / 128 / 1048576))/state
	run bash -c "echo online >$block"
	assert_failure
	assert_equal "$(cat "$block")" offline
	threads_see 5 "$CPU"
}

@test "a CPU that computes does not notice that others come and go" {
	local round quiet before after
	pisces add-cpu 6
	start_pisces run "$p/spin" 600 where >out
	wait_until 30 grep -q spinning out
	# The enclave counts its CPUs from 0, the one it booted on.
	quiet=$CPU
	! grep -q 'CPU 1$' out || quiet=6
	before=$(interrupts_of "$quiet")
	for round in 1 2; do
		pisces add-cpu 5
		pisces run "$p/memory" >memory
		pisces add-mem 128M
		pisces rm-mem 128M
		pisces rm-cpu 5
	done
	after=$(interrupts_of "$quiet")
	refute has_ended $pid
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 143
	assert_equal "$after" "$before"
}

interrupts_of() { # CPU
	status_of ".cpus[] | select(.cpu == $1) | .interrupts"
}

@test "rights that are only added interrupt no CPU" {
	local before
	pisces add-cpu 6
	mkfifo stdin
	start_pisces run "$p/rights" <stdin >out &
	exec 8>stdin
	wait_until 60 grep -q ready out
	before=$(status_of '[.cpus[].flushes] | add')
	echo >&8
	wait_until 60 grep -q '^done' out
	assert_equal "$(status_of '[.cpus[].flushes] | add')" "$before"
	exec 8>&-
	wait_until 60 no_sessions
}

@test "a task that may run elsewhere goes where a CPU is idle" {
	pisces add-cpu 6
	run -0 pisces run "$p/widen"
	assert_output 'found another CPU'
}

@test "status says how many tasks each CPU has, the one that runs included" {
	local first
	pisces add-cpu 6
	start_pisces run "$p/spin" 600 >one
	first=$pid
	wait_until 60 tasks_are 1
	start_pisces run "$p/spin" 600 >two
	wait_until 60 tasks_are '1 1'
	pisces rm-cpu 6
	wait_until 60 tasks_are 2
	kill -TERM "$first" $pid
	wait_for "$first"
	wait_for $pid
	wait_until 60 tasks_are ''
}

# Of the CPUs that have any.
tasks_are() { # NUMBER...
	[ "$(status_of '[.cpus[] | select(.online).tasks | select(. > 0)] |
		join(" ")')" = "$1" ]
}
