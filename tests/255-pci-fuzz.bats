#!/usr/bin/env bats
# 255-pci-fuzz: the same as 210-fuzz with PCI functions, which come and go, too.
# run: by name
# machine: --file build/pisces-edu:/usr/bin/pisces --cpus 6 --mem 3G --append slub_debug=FZPU --iommu intel --disk 16M:nvme --disk 16M:ahci

load helpers
load pci
load fuzz

setup_file() {
	begin_pci_file
}

teardown_file() {
	end_pci_file
}

setup() {
	find_functions
	begin_fuzz "${nvme[@]}" "${ahci[@]}"
}

teardown() {
	end_fuzz
}

@test "whatever is said to the module's nodes" {
	say_anything
}

@test "a co-kernel that writes anything into what it shares with Linux" {
	scribble_anything
}
