#!/usr/bin/env bats
# 210-fuzz: whatever is said to the module, to a co-kernel or by one: each
# refusal is an error, and Linux gets everything back.
# machine: --cpus 6 --mem 3G --append slub_debug=FZPU

load helpers
# Where it begins, and how long each test takes.
SEED=${SEED:-1}
FUZZ_SECONDS=${FUZZ_SECONDS:-20}
BATS_TEST_TIMEOUT=$((FUZZ_SECONDS * 3 + 300))

setup_file() {
	begin_file
	pisces load
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ "$CPU" -ge 5 ] || unfit "there are fewer than 6 CPUs"
	p=$PROGRAMS/musl
	machine_state >before
	end=$((SECONDS + FUZZ_SECONDS))
	seed=$SEED
}

teardown() {
	give_back
	machine_state | diff before -
	no_kernel_complaints
}

# First what the enclaves had, then what was taken offline for nobody.
give_back() {
	local file
	pisces reclaim
	pisces destroy --all
	pisces reclaim
	assert_equal "$(pisces list --json)" '[]'
	for file in $sys_cpu/cpu[0-9]*/online; do
		[ "$(cat "$file")" = 1 ] || echo 1 >"$file"
	done
	for file in "$sys_memory"/memory*/state; do
		[ "$(cat "$file")" != offline ] ||
			grep -q "$file offline" before || echo online >"$file"
	done
}

@test "whatever is said to the module's nodes" {
	local seconds
	while [ $SECONDS -lt $end ]; do
		boot
		seconds=$((end - SECONDS))
		[ $seconds -le 30 ] || seconds=30
		[ $seconds -ge 5 ] || seconds=5
		echo "seed $seed, $seconds s"
		timeout -k 10 $((seconds + 150)) "$PROGRAMS/tools/fuzz-ioctl" \
			"$NAME" $seed $seconds
		seed=$((seed + 1))
		give_back
		machine_state | diff before -
		no_kernel_complaints
	done
	boot
	pisces run "$p/hello"
}
