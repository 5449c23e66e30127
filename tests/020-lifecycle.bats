#!/usr/bin/env bats
# 020-lifecycle: boot takes a CPU and memory, destroy gives them back, and in
# between Linux cannot have them.

load helpers

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

first_block() {
	echo $(($(status_of '.blocks[0].start') /
		0x$(cat $sys_memory/block_size_bytes)))
}

@test "boot prints what it took, and list and status show it" {
	run -0 --separate-stderr boot
	assert_line --index 0 --regexp \
		"^$NAME: CPU $CPU, 128 MiB at 0x[0-9a-f]+-0x[0-9a-f]+, node [0-9]+: ready in [0-9]+ ms$"
	run -0 pisces list
	assert_line --index 1 --regexp "^$NAME +running +$CPU +128 MiB +[0-9]+ MiB +[0-9]+ +[0-9]+s$"
	assert_equal "${#lines[@]}" 2
	run -0 pisces status
	assert_line --regexp '^state +running$'
	assert_line --regexp "^cpu $CPU +online"
}

@test "list and status have JSON that says the same" {
	boot
	assert_equal "$(pisces list --json | jq -r '.[0].name')" "$NAME"
	assert_equal "$(pisces list --json | jq -c '.[0].cpus')" "[$CPU]"
	assert_equal "$(status_of .state)" running
	assert_equal "$(status_of .memory)" $((128 << 20))
	assert_equal "$(status_of '.blocks[0].size')" $((128 << 20))
	assert_equal "$(status_of '.cpus[0].cpu')" "$CPU"
	assert_equal "$(status_of .panic)" null
	assert [ "$(status_of .uptime_ns)" -gt 0 ]
	assert [ "$(status_of .memory_free)" -gt $((100 << 20)) ]
}

@test "the CPU and the memory are gone from Linux" {
	local before
	before=$(mem_total)
	boot
	assert_equal "$(cat "$sys_cpu/cpu$CPU/online")" 0
	assert_equal "$(mem_total)" $((before - 131072))
	assert_equal "$(cat "$sys_memory/memory$(first_block)/state")" offline
}

@test "destroy gives both back, and a pinned task runs on the CPU" {
	machine_state >before
	boot
	run -0 pisces destroy "$NAME"
	assert_output "$NAME: CPU $CPU and 128 MiB went back to Linux"
	machine_state | diff before -
	cpu_works "$CPU"
	assert_equal "$(pisces list --json)" '[]'
}

@test "an enclave boots again and again on the same CPU" {
	machine_state >before
	for _ in 1 2 3; do
		boot
		pisces run "$PROGRAMS/musl/hello"
		pisces destroy
	done
	machine_state | diff before -
}

@test "without options boot takes the last CPU and one block" {
	local last
	last=$(highest_cpu)
	run -0 pisces boot
	assert_equal "$(pisces list --json | jq -c '.[0].cpus')" "[$last]"
	assert_equal "$(pisces list --json | jq '.[0].blocks | length')" 1
	assert_equal "$(pisces list --json | jq -r '.[0].name')" enclave0
}

@test "a size is rounded up to whole blocks" {
	pisces boot --cpu "$CPU" --mem 129M --name "$NAME"
	assert_equal "$(status_of .memory)" $((256 << 20))
	assert_equal "$(status_of .memory_total)" $((256 << 20))
	pisces run "$PROGRAMS/musl/memory"
}

@test "a larger enclave has all its blocks" {
	machine_state >before
	pisces boot --cpu "$CPU" --mem 512M --name "$NAME"
	assert_equal "$(status_of .memory_total)" $((512 << 20))
	assert [ "$(status_of .memory_free)" -gt $((500 << 20)) ]
	pisces destroy
	machine_state | diff before -
}

@test "Linux cannot bring a granted CPU online" {
	boot
	run -1 bash -c "echo 1 >$sys_cpu/cpu$CPU/online"
	assert_output --regexp 'not permitted|denied'
	assert_equal "$(cat "$sys_cpu/cpu$CPU/online")" 0
	pisces run "$PROGRAMS/musl/hello"
}

@test "Linux cannot bring a granted memory block online" {
	local block
	boot
	block=$(first_block)
	for how in online online_movable online_kernel; do
		run -1 bash -c "echo $how >$sys_memory/memory$block/state"
	done
	assert_equal "$(cat "$sys_memory/memory$block/state")" offline
	pisces run "$PROGRAMS/musl/hello"
}

@test "other CPUs still go offline and come back" {
	local other=$((CPU - 1))
	[ $other -gt 0 ] || unfit "there is no third CPU"
	boot
	for _ in 1 2 3; do
		echo 0 >$sys_cpu/cpu$other/online
		echo 1 >$sys_cpu/cpu$other/online
		pisces run "$PROGRAMS/musl/hello"
	done
	cpu_works $other
}

@test "the module cannot be unloaded while there is an enclave" {
	boot
	run -1 --separate-stderr pisces unload
	assert_equal "$stderr" 'pisces: the module pisces is in use: pisces list shows the enclaves, pisces destroy --all ends them'
	run -1 rmmod pisces
	pisces destroy
	pisces unload
}

@test "a CPU that was offline before goes back offline" {
	echo 0 >"$sys_cpu/cpu$CPU/online"
	machine_state >before
	boot
	pisces run "$PROGRAMS/musl/hello"
	pisces destroy
	machine_state | diff before -
	echo 1 >"$sys_cpu/cpu$CPU/online"
	cpu_works "$CPU"
}

@test "a memory block that was offline before is taken first, and goes back offline" {
	local block number
	for block in "$sys_memory"/memory[1-9]*; do
		! echo offline 2>/dev/null >"$block/state" || break
	done
	assert_equal "$(cat "$block/state")" offline
	number=${block##*memory}
	machine_state >before
	boot
	assert_equal "$(first_block)" "$number"
	pisces destroy
	machine_state | diff before -
	echo online >"$block/state"
}

@test "two enclaves run beside each other" {
	local other=$((CPU - 1))
	[ $other -gt 0 ] || unfit "there is no third CPU"
	machine_state >before
	boot
	pisces boot --cpu $other --name other
	assert_equal "$(pisces list --json | jq length)" 2
	run -0 pisces run -e "$NAME" "$PROGRAMS/musl/whereami"
	assert_line "apic $(status_of '.cpus[0].apic_id')"
	run -0 pisces run -e other "$PROGRAMS/musl/whereami"
	assert_line "apic $(status_of '.cpus[0].apic_id' other)"
	pisces destroy "$NAME"
	run -0 pisces run "$PROGRAMS/musl/hello"
	pisces destroy other
	machine_state | diff before -
}

@test "destroy --all ends them all, and is content with none" {
	boot
	[ "$CPU" -lt 2 ] || pisces boot --cpu $((CPU - 1)) --name other
	pisces destroy --all
	assert_equal "$(pisces list --json)" '[]'
	run -0 pisces destroy --all
	assert_output ''
}

@test "the program runs on the granted CPU, outside Linux" {
	local apic
	apic=$(taskset -c "$CPU" "$PROGRAMS/musl/whereami" | grep '^apic ')
	boot
	run -0 pisces run "$PROGRAMS/musl/whereami"
	assert_line "$apic"
	refute_line --regexp "^kernel .*$(uname -v)"
	assert_equal "$(status_of '.cpus[0].apic_id')" "${apic#apic }"
}

@test "the co-kernel takes less than 4 MiB for itself" {
	boot
	assert [ "$(status_of .memory_kernel)" -lt $((4 << 20)) ]
}

@test "the boot's parts are timed" {
	run -0 boot --timings
	for part in cpu_offline_us memory_offline_us copy_us init_to_first_us \
		first_to_ready_us total_us; do
		assert_line --regexp "^$part [0-9]+$"
	done
}
