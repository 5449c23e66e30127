#!/usr/bin/env bats
# 220-large: an enclave with 60 of 64 CPUs and 16 memory blocks of four nodes.
# Few processors emulate many here, so Linux's detectors of stalls and of clocks
# that differ are told to wait or to leave it.
# machine: --cpus 64 --mem 8G --nodes 4 --boot-timeout 3600 --append nowatchdog --append rcupdate.rcu_cpu_stall_timeout=300 --append clocksource.verify_n_cpus=0
# run: by name

load helpers
LIMIT=3000
BATS_TEST_TIMEOUT=6000

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

@test "60 CPUs and 16 blocks of four nodes, and a thread on each CPU" {
	[ "$CPU" -ge 63 ] || unfit "there are fewer than 64 CPUs"
	pisces boot --cpu 4-63 --mem 512M@0,512M@1,512M@2,512M@3 --name "$NAME"
	assert_equal "$(cpus_of)" "$(seq -s ' ' 4 63)"
	assert_equal "$(status_of '[.blocks[].size] | add / 134217728')" 16
	assert_equal "$(status_of '[.blocks[].node] | unique | join(" ")')" \
		"0 1 2 3"
	# shellcheck disable=SC2046 # one word for each CPU
	threads_see $(seq 4 63)
	pisces destroy
	assert_equal "$(cat $sys_cpu/online)" 0-63
}
