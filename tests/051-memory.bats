#!/usr/bin/env bats
# 051-memory: what programs ask of their memory beside having it, on two NUMA
# nodes: limits, locks, advice, stacks that grow, policies.
# machine: --nodes 2
# kernel: any

load helpers

setup_file() {
	begin_file
	[ -e /sys/devices/system/node/node1 ] || unfit "there is one node only"
	pisces boot --cpu 1,3 --mem 256M@0,128M@1 --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "limits, locks, advice, moving, growing stacks, very many mappings" {
	both_libraries mappings
	grep -q '^20000 mappings: sum -4936, 0 failures' there.out
	grep -q '^refused by ENOMEM, near 65530: 1' there.out
	grep -q '^13 MiB of 16' there.out
}

@test "policies: memory comes from the nodes that they say, and goes there" {
	both_libraries nodes
	grep -q '^2 nodes' there.out
	grep -q '^bound and preferred: 0 wrong' there.out
	grep -q '^in turn: 0 nodes have more or less' there.out
	grep -q '^moved: 1, kept: 1' there.out
}

@test "the nodes that have memory are those of the blocks" {
	local busybox
	busybox=$(type -P busybox)
	run -0 pisces run "$busybox" grep Mems_allowed_list /proc/self/status
	assert_output --regexp '[[:space:]]0-1$'
	run -0 pisces run "$busybox" cat /sys/devices/system/node/has_memory
	assert_output 0-1
}
