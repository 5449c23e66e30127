#!/usr/bin/env bats
# 248-pci-errors: requests that fail, devices that are reset or pulled out: a
# program is told, and what follows works.
# run: by name
# machine: --cpus 6 --mem 3G --iommu intel --monitor --disk 16M:nvme:error=read@8192,error=write@16384 --disk 16M:ahci:error=read@8192,error=write@16384 --disk 16M:nvme:error=flush@0 --disk 16M:ahci:error=flush@0 --disk 16M:nvme:port --disk 16M:ahci:port

load helpers
load pci
LIMIT=150
BATS_TEST_TIMEOUT=600
p=$PROGRAMS/musl

setup_file() {
	begin_pci_file
}

teardown_file() {
	end_pci_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	want_functions nvme
	[ -n "${EMULATED-}" ] || skip "no disk here fails where it is told to"
	want_iommu
	boot --cpu 4-5 --mem 128M
}

teardown() {
	pisces destroy --all
}

# One sector cannot be read, and another not written: a request with it fails,
# those beside it do not, whatever else is under way.
fails_where_it_should() { # FUNCTION [OPTION...]
	here "$1" --write --seed 1 --range 0:8388608
	give "${@:2}" "$1"
	run -1 --separate-stderr there --verify --seed 1 --range 0:8388608 \
		--block 4096 --threads 4 --keep-going
	assert_output 'verified 8388608 bytes in 2048 requests, 1 failed'
	assert_equal "$stderr" 'sectors: read at 4194304: I/O error'
	run -1 --separate-stderr there --write --seed 2 --range 8388608:4194304 \
		--block 4096 --threads 4 --keep-going
	assert_output 'wrote 4194304 bytes in 1024 requests, 1 failed'
	assert_equal "$stderr" 'sectors: write at 8388608: I/O error'
	there --verify --seed 2 --range 8392704:4190208 --block 4096 --threads 4
	there --write --verify --seed 3 --range 0:2097152 --threads 8
	assert [ "$(status_of_function "$1" .errors)" -ge 2 ]
	run -1 --separate-stderr there --verify --seed 1 --buffered --block 100 \
		--range 4194304:100
	assert_equal "$stderr" 'sectors: read at 4194304: I/O error'
	there --verify --seed 1 --range 4198400:65536 --buffered --block 1000
	pisces rm-pci "$1"
	linux_has_back "$1"
	here "$1" --verify --seed 3 --range 0:2097152
	no_dma_faults
}

@test "NVMe: EIO, and the next request works" {
	fails_where_it_should "${nvme[0]}"
}

@test "AHCI: EIO, and the next request works" {
	want_functions ahci
	fails_where_it_should "${ahci[0]}"
}

@test "the same with interrupts: NVMe" {
	fails_where_it_should "${nvme[0]}" --forward
}

@test "the same with interrupts: AHCI" {
	want_functions ahci
	fails_where_it_should "${ahci[0]}" --forward
}

# What is in the device's cache does not get to the medium.
flush_fails() { # FUNCTION
	give "$1"
	run -1 --separate-stderr there --write --fsync --range 0:65536
	assert_equal "$stderr" 'sectors: fsync: I/O error'
	there --write --verify --seed 2 --threads 4
	run -1 --separate-stderr there --write --fsync --range 0:65536
	assert_equal "$stderr" 'sectors: fsync: I/O error'
	pisces rm-pci "$1"
	linux_has_back "$1"
}

@test "NVMe: fsync fails when a flush does" {
	flush_fails "${nvme[1]}"
}

@test "AHCI: fsync fails when a flush does" {
	want_functions ahci
	flush_fails "${ahci[1]}"
}

# Linux resets it under the enclave's hands.
is_reset() { # FUNCTION
	give "$1"
	start_pisces run -e "$NAME" -- "$sectors" --write --verify --threads 4 \
		--seconds 8 --range 0:4194304 "$disk" >out 2>err
	wait_until 60 grep -q begun out
	echo 1 >"$sys_pci/$1/reset"
	wait_for "$pid"
	echo "status $status: $(cat err)"
	[ "$status" = 0 ] || grep -q 'I/O error' err
	there --write --verify --seed 9 --threads 4
	pisces run -e "$NAME" "$p/hello"
	pisces rm-pci "$1"
	linux_has_back "$1"
}

@test "NVMe: somebody resets it, and it works again" {
	[ -e "$sys_pci/${nvme[2]}/reset" ] || unfit "it cannot be reset"
	is_reset "${nvme[2]}"
}

@test "AHCI: somebody resets it, and it works again" {
	want_functions ahci
	[ -e "$sys_pci/${ahci[2]}/reset" ] || unfit "it cannot be reset"
	is_reset "${ahci[2]}"
}

# Linux does not ask whether it may.
@test "one that is unbound by hand: programs are told, and it comes back" {
	give "${nvme[2]}"
	start_pisces run -e "$NAME" -- "$sectors" --write --verify --threads 4 \
		--seconds 100000 "$disk" >out 2>err
	wait_until 60 grep -q begun out
	echo "${nvme[2]}" >/sys/bus/pci/drivers/pisces/unbind
	wait_for "$pid"
	assert_equal "$status" 1
	assert_regex "$(cat err)" '^sectors: (read|write) at [0-9]+: (I/O error|No such device)'
	pisces run -e "$NAME" "$p/hello"
	wait_until 60 pisces rm-pci "${nvme[2]}"
	linux_has_back "${nvme[2]}"
	here "${nvme[2]}" --write --verify --threads 4
	give "${nvme[2]}"
	there --write --verify --threads 4
	no_kernel_complaints
}

is_gone() { # FUNCTION
	[ ! -e "$sys_pci/$1" ]
}

# Linux does not find it there any more, since somebody pulled it out.
@test "a disk that is pulled out: programs are told, and the rest lives on" {
	want_functions ahci
	give "${nvme[2]}"
	start_pisces run -e "$NAME" -- "$sectors" --write --verify --threads 4 \
		--seconds 100000 "$disk" >out 2>err
	wait_until 60 grep -q begun out
	monitor 'device_del nvme4'
	wait_until 60 is_gone "${nvme[2]}"
	pci_state >"$BATS_FILE_TMPDIR/pci"
	wait_for "$pid"
	assert_equal "$status" 1
	assert_regex "$(cat err)" '^sectors: (read|write) at [0-9]+: (I/O error|No such device)'
	pisces run -e "$NAME" "$p/hello"
	give "${ahci[2]}"
	there --write --verify --threads 4
	run pisces rm-pci "${nvme[2]}"
	pisces run -e "$NAME" "$p/hello"
	pisces destroy
	run -0 pisces reclaim
	linux_has_back "${ahci[2]}"
}
