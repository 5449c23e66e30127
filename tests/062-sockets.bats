#!/usr/bin/env bats
# 062-sockets: sockets of the family AF_UNIX do the same on two CPUs of an
# enclave as on Linux, and leave no memory behind.
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

@test "calls: pairs, names, connections, datagrams" {
	both_libraries sockets
	grep -q '^recv(fd\[1\], text, 2, MSG_PEEK | MSG_TRUNC) = 3' there.out
	grep -q '^11 sent: Resource temporarily unavailable' there.out
}

@test "waiting: for data, room, connections; with time limits and signals" {
	both_libraries socketwait
	grep -q '^1 MiB there and back: 0 bytes wrong, then 0' there.out
	grep -q '^20 clients served, sum 210' there.out
	grep -q '^one that waited sent 50' there.out
}

@test "messages: open files, senders, times, many at once" {
	both_libraries socketpass
	grep -q '^6 times 10 files sent: Too many references' there.out
	grep -q '^worker: 7, then 0' there.out
}

@test "other families are none, as without networking" {
	run -0 pisces run "$PROGRAMS/glibc/sockets" networks
	assert_equal "${#lines[@]}" 4
	assert_equal "$(grep -c ' = -1, Address family not supported' <<<"$output")" 4
}

@test "two programs do not see each other's abstract names" {
	"$PISCES" run "$PROGRAMS/musl/socketwait" server >server.out 3>&- &
	wait_until 30 grep -q listening server.out
	run -1 pisces run "$PROGRAMS/musl/socketwait" client
	assert_output --partial 'Connection refused'
	kill %1
	wait %1 || true
}

@test "busybox: a system log and who writes to it" {
	local busybox
	busybox=$(command -v busybox)
	run -0 pisces run --with "$busybox:/bin/busybox" "$busybox" sh -c '
		b=/bin/busybox
		$b syslogd -n -O /tmp/log &
		until [ -S /dev/log ]; do $b sleep 0.1; done
		for i in 1 2 3; do $b logger -t test message $i; done
		until $b grep -q "message 3" /tmp/log; do $b sleep 0.1; done
		$b grep -o "test: message .*" /tmp/log
		kill $!'
	assert_output "$(printf 'test: message %d\n' 1 2 3)"
}
