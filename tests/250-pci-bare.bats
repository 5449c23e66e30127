#!/usr/bin/env bats
# 250-pci-bare: a machine without an IOMMU gives an enclave devices that can reach
# all of its memory, if somebody says that this may be.
# machine: --cpus 6 --mem 3G --iommu none --disk 16M:nvme --disk 16M:ahci

load helpers
load pci
LIMIT=150
BATS_TEST_TIMEOUT=600

setup_file() {
	begin_pci_file
}

teardown_file() {
	end_pci_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	want_functions nvme
	boot --cpu 4-5 --mem 256M
}

teardown() {
	pisces destroy --all
}

@test "refused, unless --unsafe-dma says that this may be" {
	want_functions ahci
	local function
	for function in "${nvme[0]}" "${ahci[0]}"; do
		run -1 --separate-stderr pisces add-pci "$function"
		assert_regex "$stderr" "^pisces: the PCI function $function cannot be given: no IOMMU contains its DMA: .*--unsafe-dma"
		run -1 --separate-stderr pisces add-pci --force "$function"
		assert_regex "$stderr" 'no IOMMU contains its DMA'
		assert [ "$(driver_of "$function")" != pisces ]
	done
	run -0 pisces check --pci
	assert_output --partial 'no IOMMU contains its DMA'
	pci_is_back
}

@test "with --unsafe-dma it says what that means" {
	run -0 --separate-stderr pisces add-pci --unsafe-dma "${nvme[0]}"
	assert_regex "$stderr" 'all memory'
	assert_equal "$(status_of_function "${nvme[0]}" .contained)" false
	run -0 pisces status
	assert_output --partial 'not contained'
}

@test "NVMe, its interrupts direct" {
	works direct "${nvme[0]}" --unsafe-dma
}

@test "AHCI, its interrupts direct" {
	want_functions ahci
	works direct "${ahci[0]}" --unsafe-dma
}

@test "NVMe, polled" {
	works poll "${nvme[0]}" --unsafe-dma --poll
}

@test "AHCI, forwarded" {
	want_functions ahci
	works forward "${ahci[0]}" --unsafe-dma --forward
}

@test "boot --pci wants the same" {
	pisces destroy "$NAME"
	run -1 --separate-stderr boot --pci "${nvme[0]}"
	assert_regex "$stderr" '^pisces: .*no IOMMU contains its DMA'
	assert_equal "$(pisces list --json)" '[]'
	run -0 boot --pci "${nvme[0]}" --unsafe-dma
	disk=/dev/$(status_of_function "${nvme[0]}" .name)
	there --write --verify --threads 2
}
