#!/usr/bin/env bats
# 061-events: epoll(7), and what it likes to watch: counters, timers and signals
# that are read. They do the same in an enclave as on Linux.
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

@test "epoll: refusals, levels and edges, one shot, nesting, ends" {
	both_libraries epolls
	grep -q '^turns: 5 3 1' there.out
	grep -q '^in a row: 5, then Too many levels' there.out
}

@test "epoll: threads that share a wait, signals, limits, many" {
	both_libraries epollwait
	grep -q '^one of 4: 1' there.out
	grep -q '^a level: 4' there.out
	grep -q '^many: 1996' there.out
}

@test "epoll: each piece of the input is an edge" {
	local free
	free=$(status_of .memory_free)
	for i in one two three; do
		sleep 1
		echo "$i"
	done | pisces run "$PROGRAMS/musl/epollwait" edges >out
	assert_equal "$(cat out)" $'one\ntwo\nthree'
	wait_until 30 memory_is_back "$free"
}

@test "counters and timers are read, polled and watched" {
	both_libraries events
	grep -q '^anon_inode:\[eventfd\], mode 600' there.out
	grep -q '^anon_inode:\[timerfd\], mode 600' there.out
}

@test "signals are read, polled and watched" {
	both_libraries signalfds
	grep -q '^anon_inode:\[signalfd\], mode 600' there.out
	grep -q '^outlives: y' there.out
}
