#!/usr/bin/env bats
# 130-numa: CPUs and memory of a NUMA node.
# machine: --nodes 2

load helpers

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ -e /sys/devices/system/node/node1 ] || unfit "there is one node only"
	far=$(cat /sys/devices/system/node/node1/cpulist)
	far=${far##*[,-]}
	near=$(cat /sys/devices/system/node/node0/cpulist)
	near=${near##*[,-]}
}

teardown() {
	pisces destroy --all
}

@test "--node 1 takes a CPU and a block of node 1" {
	local memory
	memory=$(grep MemTotal /sys/devices/system/node/node1/meminfo)
	machine_state >before
	run -0 pisces boot --node 1 --name "$NAME"
	assert_output --partial ', node 1: ready'
	assert_equal "$(status_of '.cpus[0].cpu')" "$far"
	assert_equal "$(status_of '.cpus[0].node')" 1
	assert_equal "$(status_of '.blocks[].node')" 1
	run -0 pisces run "$PROGRAMS/musl/whereami"
	assert_line 'node 1'
	assert_line "apic $(status_of '.cpus[0].apic_id')"
	pisces destroy
	machine_state | diff before -
	assert_equal "$(grep MemTotal /sys/devices/system/node/node1/meminfo)" \
		"$memory"
}

@test "--node 0 takes a CPU and a block of node 0" {
	pisces boot --node 0 --name "$NAME"
	assert_equal "$(status_of '.cpus[0].cpu')" "$near"
	assert_equal "$(status_of '.blocks[].node')" 0
}

@test "without --node memory is taken beside the CPU" {
	pisces boot --cpu "$near" --name near
	pisces boot --cpu "$far" --name far
	assert_equal "$(status_of '.blocks[].node' near)" 0
	assert_equal "$(status_of '.blocks[].node' far)" 1
}

@test "a CPU of another node than --node is refused" {
	run -1 --separate-stderr pisces boot --cpu "$near" --node 1
	assert_equal "$stderr" \
		"pisces: CPU $near is on node 0, not on node 1"
	assert_equal "$(pisces list --json)" '[]'
}

@test "more memory than the node has is refused" {
	run -1 --separate-stderr pisces boot --node 1 --mem 4G
	assert_regex "$stderr" '^pisces: 4 GiB is more memory than Linux could give away on node 1: it has [0-9]+ blocks'
	assert_equal "$(pisces list --json)" '[]'
}
