#!/usr/bin/env bats
# 246-pci-life: memory comes and goes, programs and enclaves end in every way, while
# devices write to memory: none of that arrives where Linux has it again.
# run: by name
# machine: --cpus 6 --mem 2G --iommu intel --disk 16M:nvme --disk 16M:ahci --disk 16M:nvme:iops=40 --disk 16M:ahci:iops=40

load helpers
load pci
# Enclaves that end while requests are under way, of each kind of disk.
ENDS=${ENDS:-4}
LIMIT=150
BATS_TEST_TIMEOUT=$((300 + ENDS * 90))
p=$PROGRAMS/musl

setup_file() {
	begin_pci_file
}

teardown_file() {
	end_pci_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	want_functions nvme ahci
	[ "${#nvme[@]} ${#ahci[@]}" = "2 2" ] ||
		unfit "there are not two disks of each kind"
	want_iommu
	pids=()
}

teardown() {
	[ ${#pids[@]} = 0 ] || kill -KILL "${pids[@]}" || :
	pisces destroy --all
}

# The disk is in use until somebody ends that, in the file use.
begin_use() { # OPTION...
	start_pisces run -e "$NAME" -- "$sectors" --seconds 100000 "$@" "$disk" \
		>use 2>use.err
	pids+=("$pid")
	wait_until 60 grep -q begun use
}

is_in_use() { # FUNCTION
	local before
	before=$(status_of_function "$1" .requests)
	wait_until 20 more_requests "$1" "$before"
}

more_requests() { # FUNCTION NUMBER
	[ "$(status_of_function "$1" .requests)" -gt "$2" ]
}

# Memory beside the first block comes and goes while the disk is in use.
memory_comes_and_goes() { # FUNCTION [OPTION...]
	local round
	boot --mem 128M
	give "${@:2}" "$1"
	begin_use --write --verify --threads 8
	for ((round = 0; round < 4; round++)); do
		pisces add-mem 256M
		run -0 pisces run "$p/fill" 128
		assert_output --partial ' 0 wrong'
		wait_until 20 pisces rm-mem 256M
		is_in_use "$1"
	done
	kill -TERM "$pid"
	wait_for "$pid"
	assert_equal "$status" 143
	assert_equal "$(cat use.err)" ''
	assert_equal "$(status_of_function "$1" .errors)" 0
	no_dma_faults
	pisces rm-pci "$1"
	linux_has_back "$1"
}

@test "add-mem and rm-mem while NVMe is in use" {
	memory_comes_and_goes "${nvme[0]}"
}

@test "add-mem and rm-mem while AHCI is in use" {
	memory_comes_and_goes "${ahci[0]}" --forward
}

@test "memory that a device writes to is not taken" {
	boot --mem 128M
	give "${nvme[1]}"
	# Nothing of the first block is left for the buffers.
	mkfifo stdin
	start_pisces run "$p/fill" hold <stdin >held &
	exec 8>stdin
	wait_until 60 grep -q MiB held
	pisces add-mem 128M
	begin_use --verify --seed 0 --write --threads 16
	is_in_use "${nvme[1]}"
	run -1 --separate-stderr pisces rm-mem 128M
	assert_regex "$stderr" '^pisces: .*sectors'
	assert_equal "$(status_of .memory)" $((256 << 20))
	is_in_use "${nvme[1]}"
	kill -TERM "$pid"
	wait_for "$pid"
	exec 8>&-
	wait_until 60 pisces rm-mem 128M
	assert_equal "$(cat use.err)" ''
	no_dma_faults
}

# The enclave's blocks, as refill takes them.
blocks() {
	status_of '.blocks[] | "\(.start):\(.size)"'
}

is_crashed() {
	[ "$(state_of "$NAME")" = crashed ]
}

# Each ends with an enclave that is gone while requests are under way.
end_by_destroy() {
	pisces destroy "$NAME"
}

end_by_kill() {
	kill -KILL "$pid"
	pisces destroy "$NAME"
}

end_by_panic() {
	pisces debug -e "$NAME" panic
	wait_until 30 is_crashed
	pisces destroy "$NAME"
}

end_by_hang() {
	pisces debug -e "$NAME" hang
	pisces destroy "$NAME"
}

# A disk that is slow has requests under way all the time: here it reads what it
# would write to memory, after the enclave's end. Its memory gets other contents
# as soon as Linux has it, and keeps them.
ends_cleanly() { # WAY FUNCTION [OPTION...]
	local refill ranges
	boot --mem 256M
	give "${@:3}" "$2"
	begin_use --verify --seed 1 --threads 16
	is_in_use "$2"
	mapfile -t ranges < <(blocks)
	"$PROGRAMS/tools/refill" 3 "${ranges[@]}" >refill 3>&- &
	refill=$!
	pids+=("$refill")
	wait_until 60 grep -q waiting refill
	"end_by_$1"
	wait $refill || fail "$1: $(cat refill)"
	grep -q right refill
	kill -KILL "${pids[@]}" || :
	pids=()
	linux_has_back "$2"
	here "$2" --verify --seed 1 --range 0:1048576
	assert_equal "$(pisces list --json)" '[]'
}

many_ends() { # FUNCTION [OPTION...]
	local ways=(destroy kill panic hang) cycle
	here "$1" --write --seed 1 --block 1048576 --fsync
	for ((cycle = 0; cycle < ENDS; cycle++)); do
		ends_cleanly "${ways[cycle % 4]}" "$@"
		no_kernel_complaints
	done
	no_dma_faults
}

@test "destroy, kill -9, panic and hang with requests under way: NVMe" {
	many_ends "${nvme[1]}"
}

@test "destroy, kill -9, panic and hang with requests under way: AHCI" {
	many_ends "${ahci[1]}"
}

@test "and with interrupts that are forwarded" {
	ENDS=2
	many_ends "${nvme[1]}" --forward
	many_ends "${ahci[1]}" --forward
}

@test "kill -9 of run with requests under way: the next program uses the disk" {
	local round free function
	boot --mem 128M
	for function in "${nvme[1]}" "${ahci[1]}"; do
		give "$function"
		there --write --seed 1 --block 1048576 --fsync --range 0:4194304
		wait_until 30 memory_settles
		free=$(status_of .memory_free)
		for round in 1 2 3; do
			begin_use --verify --seed 1 --threads 16 \
				--range 0:4194304
			kill -KILL "$pid"
			wait_for "$pid"
			pids=()
			there --verify --seed 1 --threads 4 --range 0:1048576
		done
		wait_until 30 memory_is_back "$free"
		wait_until 30 pisces rm-pci "$function"
		linux_has_back "$function"
	done
}

# No session is left that still gives its memory back.
memory_settles() {
	[ "$(status_of .sessions)" = 0 ]
}

@test "the module stays while a device is in use" {
	boot --mem 128M
	give "${nvme[1]}"
	begin_use --verify --write --threads 16
	run -1 --separate-stderr pisces unload
	assert_regex "$stderr" '^pisces: '
	run ! rmmod pisces
	is_in_use "${nvme[1]}"
}
