#!/usr/bin/env bats
# 120-highmem: memory above 4 GiB works as an enclave's first block.
# machine: --mem 6G

load helpers

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ "$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)" -gt \
		5000000 ] || unfit "all memory is below 4 GiB"
}

teardown() {
	pisces destroy --all
}

@test "an enclave above 4 GiB boots, runs programs and goes back" {
	machine_state >before
	boot --cmdline selftest
	assert [ "$(status_of '.blocks[0].start')" -ge $((1 << 32)) ]
	same "$PROGRAMS/musl/hello"
	same "$PROGRAMS/glibc/memory"
	same "$PROGRAMS/glibc/files"
	pisces destroy
	machine_state | diff before -
	cpu_works "$CPU"
}

@test "an enclave of 2 GiB" {
	pisces boot --cpu "$CPU" --mem 2G --name "$NAME" --cmdline selftest
	assert_equal "$(status_of .memory_total)" $((2 << 30))
	same "$PROGRAMS/musl/huge"
	truncate -s 200M zeroes
	options=(--with zeroes)
	same "$(command -v busybox)" wc -c zeroes
}
