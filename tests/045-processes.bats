#!/usr/bin/env bats
# 045-processes: fork(2), shared memory and futexes between processes do the
# same on two CPUs of an enclave as on Linux. Nothing says that the machine is a
# virtual one, so the co-kernel's lock is that of real processors.
# machine: --qemu -cpu --qemu max,-hypervisor

load helpers

setup_file() {
	begin_file
	[ -z "${EMULATED-}" ] || ! grep -qw hypervisor /proc/cpuinfo ||
		fail "the machine says that it is a virtual one"
	pisces boot --cpu 2-3 --mem 256M --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "processes: copies of memory, shared memory, what children inherit" {
	both_libraries forks
	grep -q '^child changed all: 42; parent: global 1, 0 bytes' there.out
	grep -q '^40 at once: ended 2040, sum 820, counted 40' there.out
	grep -q '^in the same memory: 77, status 5' there.out
}

@test "locks: between threads and processes, also of owners that end" {
	both_libraries locks
	grep -q '^broadcast: 160 woken' there.out
	grep -q '^one that we wait for: owner is dead' there.out
	grep -q '^between processes: 3000' there.out
}

@test "busybox: a shell with pipes, subshells and background jobs" {
	local busybox
	busybox=$(command -v busybox)
	options=(--with "$busybox:/bin/busybox")
	same "$busybox" sh -c '
		b=/bin/busybox
		seq() { $b seq "$@"; }
		seq 1 1000 | $b grep 7 | $b wc -l
		(x=inner; echo $x; exit 3); echo "subshell: $?"
		for i in 1 2 3; do
			($b sleep 0.0$i; echo job $i) &
			wait
		done
		echo "$(seq 1 5 | $b tr "\n" " ")"
		$b printf "%s\n" c a b | $b sort >sorted; $b cat sorted
		kill -TERM $$'
}
