#!/usr/bin/env bats
# 100-cycles: boot, run, destroy, again and again in one machine: each time all
# is back as it was, and Linux has nothing to complain about.

load helpers
CYCLES=${CYCLES:-50}
BATS_TEST_TIMEOUT=$((300 + CYCLES * 12))

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	pisces destroy --all
}

@test "cycles of boot, run, destroy" {
	local i
	machine_state >before
	for ((i = 0; i < CYCLES; i++)); do
		boot
		same "$PROGRAMS/musl/hello"
		pisces destroy
		machine_state | diff before -
		cpu_works "$CPU"
	done
	no_kernel_complaints
}

@test "cycles with the module loaded anew each time" {
	local i
	machine_state >before
	for ((i = 0; i < CYCLES / 5; i++)); do
		pisces unload
		boot
		same "$PROGRAMS/musl/hello"
		pisces destroy
	done
	machine_state | diff before -
	no_kernel_complaints
}

@test "cycles on another CPU and with other sizes" {
	local i cpu
	machine_state >before
	for ((i = 0; i < CYCLES / 5; i++)); do
		cpu=$((i % CPU + 1))
		pisces boot --cpu $cpu --mem $(((i % 3 + 1) * 128))M
		same "$PROGRAMS/musl/memory"
		pisces destroy
		cpu_works $cpu
	done
	machine_state | diff before -
}

@test "Linux has lost no memory" {
	local before after
	boot
	pisces destroy
	before=$(sed -n 's/^MemFree: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	for _ in 1 2 3 4 5; do
		boot
		pisces destroy
	done
	after=$(sed -n 's/^MemFree: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	# Other things come and go too.
	assert [ "$after" -gt $((before - 8192)) ]
}
