#!/usr/bin/env bats
# 253-pci-contained-pt: as 245, where Linux lets its own devices reach all memory.
# run: by name
# machine: --file build/pisces-edu:/usr/bin/pisces --cpus 6 --mem 3G --iommu intel --append iommu=pt --qemu -device --qemu pcie-root-port,id=edu,chassis=20,hotplug=off --qemu -device --qemu edu,bus=edu,dma_mask=0xffffffffffffffff

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

@test "DMA reaches the enclave's own memory only, and faults are reported" {
	only_own_memory_is_reached
	is_reported "$(head -n 1 3)"
}
