#!/usr/bin/env bats
# 063-ipc: System V IPC, POSIX message queues and memory files do the same on
# two CPUs of an enclave as on Linux; a program leaves nothing of them behind.
# kernel: any

load helpers

setup_file() {
	begin_file
	pisces boot --cpu 2-3 --mem 256M --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# A program that says how many things it has checked.
finds_nothing() { # PROGRAM
	both_libraries "$1" "^$1: [0-9]* checks, 0 failures"
}

@test "shared memory: attaching, counting, removing, rights" {
	finds_nothing shm
}

@test "semaphores: at once or not at all, in order, undone at the end" {
	finds_nothing sem
}

@test "message queues of System V: types, waiting, limits, rights" {
	finds_nothing msg
}

@test "message queues of POSIX: priorities, notification, limits, rights" {
	finds_nothing mqueue
}

@test "memory files: shared between processes, with seals" {
	finds_nothing memfd
}

@test "what a program has not removed is gone, and no other saw it" {
	local free pid
	free=$(status_of .memory_free)
	start_pisces run "$PROGRAMS/musl/leftovers" 30000000 5 >first
	wait_until 60 grep -q ready first
	run -0 pisces run "$PROGRAMS/musl/leftovers" 30000000 0
	assert_output $'0 were there\nready'
	run -0 pisces run "$PROGRAMS/musl/leftovers" 30000000 0
	assert_output $'0 were there\nready'
	kill -KILL $pid
	wait_for $pid
	wait_until 30 memory_is_back "$free"
}

@test "whatever is asked of them, the enclave goes on and loses no memory" {
	local free libc
	free=$(status_of .memory_free)
	for libc in musl glibc; do
		run -0 pisces run "$PROGRAMS/$libc/ipcfuzz" 10 ${SEED:-1}
		assert_output 'done'
		wait_until 30 memory_is_back "$free"
	done
	finds_nothing sem
}

@test "the limits are Linux's" {
	local file
	for file in kernel/shmmni kernel/sem kernel/msgmax kernel/msgmnb \
		kernel/msgmni kernel/shmmax kernel/shmall \
		fs/mqueue/msg_max fs/mqueue/queues_max; do
		same "$(command -v busybox)" cat "/proc/sys/$file"
	done
	options=(--with "$(command -v busybox):/bin/busybox")
	same "$(command -v busybox)" ipcs
}
