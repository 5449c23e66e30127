#!/usr/bin/env bats
# 243-pci-amd: disks of an enclave behind AMD's IOMMU.
# machine: --cpus 6 --mem 3G --iommu amd --disk 16M:nvme --disk 16M:ahci

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
	want_iommu
	boot --cpu 4-5 --mem 256M
}

teardown() {
	pisces destroy --all
}

@test "NVMe, as it is by default" {
	works "$(default_mode)" "${nvme[0]}"
}

@test "AHCI, as it is by default" {
	want_functions ahci
	works "$(default_mode)" "${ahci[0]}"
}

@test "NVMe, polled" {
	works poll "${nvme[0]}" --poll
}

@test "AHCI, forwarded" {
	want_functions ahci
	works forward "${ahci[0]}" --forward
}
