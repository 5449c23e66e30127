#!/usr/bin/env bats
# 252-pci-contained-amd: as 245, behind AMD's IOMMU, of which the emulator reports
# nothing.
# run: by name
# machine: --file build/pisces-edu:/usr/bin/pisces --cpus 6 --mem 3G --iommu amd --qemu -device --qemu pcie-root-port,id=edu,chassis=20,hotplug=off --qemu -device --qemu edu,bus=edu,dma_mask=0xffffffffffffffff

load helpers
load pci
load contained
BATS_TEST_TIMEOUT=300

setup_file() {
	begin_pci_file
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
