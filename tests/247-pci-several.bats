#!/usr/bin/env bats
# 247-pci-several: two enclaves and Linux, each with a disk of its own, all of them
# busy.
# run: by name
# machine: --cpus 8 --mem 3G --iommu intel --disk 32M:nvme --disk 32M:ahci --disk 32M:nvme

load helpers
load pci
# Seconds that all disks are busy.
SECONDS_TOGETHER=${SECONDS_TOGETHER:-10}
LIMIT=$((100 + SECONDS_TOGETHER * 3))
BATS_TEST_TIMEOUT=$((300 + SECONDS_TOGETHER * 4))

setup_file() {
	begin_pci_file
}

teardown_file() {
	end_pci_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	want_functions nvme ahci
	[ ${#nvme[@]} = 2 ] || unfit "there are not two NVMe disks"
	want_iommu
	pisces boot --cpu 6-7 --mem 128M --name one
	pisces boot --cpu 4-5 --mem 128M --name two
}

teardown() {
	pisces destroy --all
}

# In the background; what it says is in the file of the name.
busy() { # NAME COMMAND...
	local name=$1
	shift
	"$@" --write --verify --seconds "$SECONDS_TOGETHER" --threads 8 \
		--random >"$name" 2>"$name.err" 3>&- &
	busy+=("$!")
}

disk_is_busy() { # NAME ENCLAVE DISK OPTION...
	busy "$1" pisces run -e "$2" -- "$sectors" "${@:4}" "$3"
}

# All came to an end, and did what they were to do.
all_right() {
	local one
	for one in "${busy[@]}"; do
		wait "$one" || fail "$(cat ./*.err)"
	done
	for one; do
		assert_regex "$(tail -n 1 "$one")" '^[1-9][0-9]* rounds$'
		assert_equal "$(cat "$one.err")" ''
	done
	no_dma_faults
	no_kernel_complaints
}

@test "NVMe here, AHCI there, NVMe with Linux: all busy, all right" {
	local busy=()
	NAME=one give "${nvme[0]}"
	NAME=two give "${ahci[0]}"
	disk_is_busy first one /dev/nvme0n1 --seed 100
	disk_is_busy second two /dev/sda --seed 100000
	busy third here "${nvme[1]}" --seed 200000
	all_right first second third
	pisces rm-pci -e one "${nvme[0]}"
	pisces destroy two
	linux_has_back "${nvme[@]}" "${ahci[0]}"
}

@test "the same with interrupts that Linux forwards" {
	local busy=()
	NAME=one give --forward "${nvme[0]}"
	NAME=two give --forward "${ahci[0]}"
	disk_is_busy first one /dev/nvme0n1 --block 4096 --seed 100
	disk_is_busy second two /dev/sda --block 4096 --seed 100000
	busy third here "${nvme[1]}" --seed 200000
	all_right first second third
	NAME=one interrupts_are forward "${nvme[0]}"
	NAME=two interrupts_are forward "${ahci[0]}"
}

@test "one enclave has all, and its CPUs use them together" {
	local busy=()
	pisces destroy two
	pisces add-cpu -e one 4,5
	NAME=one give "${nvme[@]}" "${ahci[0]}"
	disk_is_busy first one /dev/nvme0n1 --seed 1
	disk_is_busy second one /dev/nvme1n1 --seed 100000
	disk_is_busy third one /dev/sda --seed 200000
	all_right first second third
}

@test "a disk goes from one enclave to the other while both work" {
	local busy=() round
	NAME=one give "${nvme[0]}"
	NAME=two give "${nvme[1]}"
	disk_is_busy first one /dev/nvme0n1 --seed 1
	disk_is_busy second two /dev/nvme0n1 --seed 100000
	for round in 1 2; do
		NAME=one give "${ahci[0]}"
		NAME=one there --write --seed $round --range 0:4194304
		pisces rm-pci -e one "${ahci[0]}"
		NAME=two give "${ahci[0]}"
		NAME=two there --verify --seed $round --range 0:4194304
		pisces rm-pci -e two "${ahci[0]}"
	done
	all_right first second
}
