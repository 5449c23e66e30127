#!/usr/bin/env bats
# 230-calls: whatever programs call with whatever arguments, the enclave goes on
# and loses no memory.
# machine: --cpus 6 --mem 3G
# kernel: any

load helpers
# Where it begins, and how long it takes.
SEED=${SEED:-1}
FUZZ_SECONDS=${FUZZ_SECONDS:-20}
BATS_TEST_TIMEOUT=$((FUZZ_SECONDS * 3 + 300))

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ "$CPU" -ge 5 ] || unfit "there are fewer than 6 CPUs"
}

# Each round with another seed, in an enclave that goes on living.
fuzz() { # ROUND-SECONDS
	local seed=$SEED end=$((SECONDS + FUZZ_SECONDS)) free libc
	while [ $SECONDS -lt $end ]; do
		for libc in musl glibc; do
			echo "seed $seed, $libc"
			free=$(status_of .memory_free)
			LIMIT=$(($1 * 3 + 60))
			run -0 pisces run "$PROGRAMS/$libc/callfuzz" "$1" $seed
			assert_output --regexp '^[1-9][0-9]* begun, '
			LIMIT=60
			wait_until 60 memory_is_back "$free"
			run -0 pisces run "$PROGRAMS/musl/hello"
			seed=$((seed + 1000))
		done
	done
	assert_equal "$(state_of "$NAME")" running
}

@test "any call with any argument, on four CPUs" {
	pisces boot --cpu 2-5 --mem 512M --name "$NAME"
	fuzz 10
}

@test "the same with little memory" {
	pisces destroy --all
	pisces boot --cpu 4-5 --mem 128M --name "$NAME"
	fuzz 10
}
