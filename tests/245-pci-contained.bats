#!/usr/bin/env bats
# 245-pci-contained: a device reaches its enclave's memory and no other, and Linux
# says that it tried to: behind Intel's IOMMU.
# machine: --file build/pisces-edu:/usr/bin/pisces --cpus 6 --mem 3G --iommu intel --qemu -device --qemu pcie-root-port,id=edu,chassis=20,hotplug=off --qemu -device --qemu edu,bus=edu,dma_mask=0xffffffffffffffff

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
	is_reported "$("$PROGRAMS/tools/pages" $other 4)"
	run -0 pisces status "$NAME"
	[ "$(status_of_function "${edu[0]}" .faults)" = null ] ||
		assert [ "$(status_of_function "${edu[0]}" .faults)" -ge 2 ]
}

@test "memory is reached when it has been added, and not any more when removed" {
	local source block first
	watch_page 11 "$NAME"
	source=$address
	first=$(status_of '[.blocks[].start] | sort | map(tostring) | join(" ")')
	pisces add-mem -e "$NAME" 128M
	block=$(status_of '.blocks[].start' | while read -r start; do
		[[ " $first " == *" $start "* ]] || echo "$start"
	done)
	edu load "$source"
	# The end of a block that nobody uses: nothing lies there.
	edu store $((block + 134217728 - 4096))
	run ! has_fault "$(printf %x $((block + 134217728 - 4096)))"
	assert_equal "$("$PROGRAMS/tools/pages" "$NAME" 11 | wc -l)" 2
	pisces rm-mem -e "$NAME" 128M
	edu store $((block + 134217728 - 4096))
	is_reported $((block + 134217728 - 4096))
	all_live
}

@test "a device that went back to Linux is not in the enclave any more" {
	pisces rm-pci -e "$NAME" "${edu[0]}"
	run -1 --separate-stderr pisces run -e "$NAME" "$p/edu"
	assert_regex "$stderr" '/dev/edu: No such file'
	pci_is_back
	pisces add-pci -e $other "${edu[0]}"
	run -0 pisces run -e $other "$p/edu"
}
