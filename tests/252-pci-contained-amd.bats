#!/usr/bin/env bats
# 252-pci-contained-amd: as 245, behind AMD's IOMMU, of which the emulator reports
# nothing. To that a device has the bus number that it had when it was plugged in,
# and buses have none before the machine has started: so it is plugged in later.
# run: by name
# machine: --file build/pisces-edu:/usr/bin/pisces --cpus 6 --mem 3G --iommu amd --monitor --qemu -device --qemu pcie-root-port,id=edu,chassis=20,slot=1

load helpers
load pci
load contained
BATS_TEST_TIMEOUT=300

setup_file() {
	monitor 'device_add edu,bus=edu,dma_mask=0xffffffffffffffff'
	echo 1 >/sys/bus/pci/rescan
	wait_until 30 is_there
	begin_pci_file
}

is_there() {
	[ -n "$(functions_of $edu_id)" ]
}

teardown_file() {
	end_pci_file
}

setup() {
	contained_setup
}

teardown() {
	contained_teardown
}

@test "DMA reaches the enclave's own memory only" {
	only_own_memory_is_reached
}
