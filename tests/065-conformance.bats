#!/usr/bin/env bats
# 065-conformance: what each system call does is the same on Linux and in an
# enclave, item by item (tests/conformance/); one test for each family of items.
# machine: --cpus 4
# kernel: any

load helpers
LIMIT=300
BATS_TEST_TIMEOUT=600

setup_file() {
	begin_file
	pisces boot --cpu 2-3 --mem 256M --name "$NAME"
}

teardown_file() {
	end_file
}

# A folder in tmpfs, of which the enclave's files are like.
setup() {
	folder=$(mktemp -d /dev/shm/conform.XXXXXX)
	cd "$folder" || return
}

teardown() {
	rm -rf "$folder"
}

# All items of a family; the lines that differ are shown.
conforms() { # FAMILY
	same "$PROGRAMS/conform" "$1"
	[ $here_status = 0 ] || {
		cat here.out
		fail "$here_status items do not hold on Linux either"
	}
}

@test "no family is left out" {
	local family
	"$PROGRAMS/conform" --list | cut -f 1 | uniq >families
	while read -r family; do
		grep -q "conforms $family\$" "$BATS_TEST_FILENAME" || echo "$family"
	done <families >missing
	assert_equal "$(cat missing)" ''
}

@test "mode, owner and size of files" {
	conforms attribute
}

@test "what processes have in common" {
	conforms common
}

@test "clocks and sleeping" {
	conforms clock
}

@test "moving data between files" {
	conforms copy
}

@test "descriptors" {
	conforms descriptor
}

@test "descriptors for events" {
	conforms event
}

@test "executing programs" {
	conforms exec
}

@test "folders and links" {
	conforms folder
}

@test "futexes" {
	conforms futex
}

@test "groups and sessions of processes" {
	conforms group
}

@test "users and groups" {
	conforms identity
}

@test "shared memory, semaphores and message queues" {
	conforms ipc
}

@test "limits, usage and what the system is" {
	conforms info
}

@test "sending signals" {
	conforms kill
}

@test "locks on files" {
	conforms lock
}

@test "mappings" {
	conforms map
}

@test "blocking signals and waiting for them" {
	conforms mask
}

@test "moving, advising and locking memory" {
	conforms memory
}

@test "messages" {
	conforms message
}

@test "making and removing names" {
	conforms name
}

@test "opening files" {
	conforms open
}

@test "reaching into other processes" {
	conforms peer
}

@test "pipes" {
	conforms pipe
}

@test "waiting for files" {
	conforms poll
}

@test "attributes of scheduling, priorities of input and output" {
	conforms priority
}

@test "making processes" {
	conforms process
}

@test "reading and writing" {
	conforms read
}

@test "moving names" {
	conforms rename
}

@test "opening in ways that are allowed" {
	conforms resolve
}

@test "scheduling" {
	conforms sched
}

@test "handling signals" {
	conforms signal
}

@test "sockets" {
	conforms socket
}

@test "moving bytes through pipes" {
	conforms splice
}

@test "times of files" {
	conforms stamp
}

@test "status of files" {
	conforms status
}

@test "what threads tell of themselves" {
	conforms thread
}

@test "timers" {
	conforms timer
}

@test "several buffers at once" {
	conforms vector
}

@test "ending and waiting" {
	conforms wait
}

@test "extended attributes" {
	conforms xattr
}
