#!/usr/bin/env bats
# 244-pci-pt: Linux was told that devices may reach all memory (iommu=pt): an
# enclave's are contained all the same.
# machine: --cpus 6 --mem 3G --iommu intel --append iommu=pt --disk 16M:nvme --disk 16M:ahci

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

# The kind of domain that a function's group is in.
domain_of() { # FUNCTION
	cat "$sys_pci/$1/iommu_group/type"
}

@test "Linux's own devices are not contained, and an enclave's are" {
	assert_equal "$(domain_of "${nvme[0]}")" identity
	give "${nvme[0]}"
	assert_equal "$(status_of_function "${nvme[0]}" .contained)" true
	there --write --verify --threads 4
	pisces rm-pci -e "$NAME" "${nvme[0]}"
	linux_has_back "${nvme[0]}"
	assert_equal "$(domain_of "${nvme[0]}")" identity
}

@test "NVMe" {
	works poll "${nvme[0]}"
}

@test "AHCI" {
	want_functions ahci
	works poll "${ahci[0]}"
}

@test "AHCI, forwarded" {
	want_functions ahci
	works forward "${ahci[0]}" --forward
}
