#!/usr/bin/env bats
# 254-pci-line: functions have one line for their interrupts (INTx). Linux has one
# of them, an enclave another.
#
# What Linux uses at the same time is AHCI: QEMU's NVMe controller at times keeps
# the line raised (of QEMU 10.0, cq_pending in nvme_ctrl_reset()). So what has
# Linux use NVMe comes last.
# run: by name
# machine: --cpus 6 --mem 3G --iommu intel --append pci=nomsi --disk 16M:nvme:addr=0xc --disk 16M:ahci:addr=0x10 --disk 16M:ahci:addr=0x14

load helpers
load pci
SECONDS_TOGETHER=${SECONDS_TOGETHER:-8}
LIMIT=$((100 + SECONDS_TOGETHER * 3))
BATS_TEST_TIMEOUT=$((300 + SECONDS_TOGETHER * 4))

setup_file() {
	begin_pci_file
}

teardown_file() {
	end_pci_file
}

setup() {
	local function
	cd "$BATS_TEST_TMPDIR" || return
	want_functions nvme ahci
	[ ${#ahci[@]} = 2 ] || unfit "there are not two AHCI disks"
	want_iommu
	line=$(cat "$sys_pci/${nvme[0]}/irq")
	for function in "${ahci[@]}"; do
		[ "$(cat "$sys_pci/$function/irq")" = "$line" ] ||
			unfit "the disks do not share a line"
	done
	boot --cpu 4-5 --mem 128M
}

teardown() {
	pisces destroy --all
}

# Interrupts of the line that Linux took.
taken() {
	awk -v line="$line:" '$1 == line {
		for (i = 2; $i ~ /^[0-9]+$/; i++)
			sum += $i
		print sum + 0
	}' /proc/interrupts
}

# Both disks are busy at the same time.
both_work() { # GIVEN KEPT [OPTION...]
	local given=$1 kept=$2
	give "${@:3}" "$given"
	pisces run -e "$NAME" -- "$sectors" --write --verify --threads 8 --seed 1 \
		--block 4096 --seconds "$SECONDS_TOGETHER" "$disk" \
		>there.out 2>there.err 3>&- &
	here "$kept" --write --verify --threads 8 --seed 100000 --block 4096 \
		--seconds "$SECONDS_TOGETHER" >here.out
	wait $!
	assert_regex "$(tail -n 1 there.out)" '^[1-9][0-9]* rounds$'
	assert_regex "$(tail -n 1 here.out)" '^[1-9][0-9]* rounds$'
	no_kernel_complaints
	run ! grep 'nobody cared' <(dmesg)
}

goes_back() { # GIVEN KEPT
	pisces rm-pci -e "$NAME" "$1"
	linux_has_back "$1"
	here "$1" --write --verify --threads 4 --seed 5
	here "$2" --write --verify --threads 4 --seed 6
}

@test "one is given and another stays" {
	local before
	before=$(taken)
	both_work "${ahci[0]}" "${ahci[1]}" --forward
	interrupts_are forward "${ahci[0]}"
	assert_equal "$(status_of_function "${ahci[0]}" .source)" INTx
	assert [ "$(taken)" -gt "$before" ]
	goes_back "${ahci[0]}" "${ahci[1]}"
}

@test "an enclave that dies with the line raised leaves it to Linux" {
	local way
	for way in hang panic; do
		give --forward "${ahci[0]}"
		start_pisces run -e "$NAME" -- "$sectors" --write --threads 8 \
			--block 4096 --seconds 100000 "$disk" >there.out
		wait_until 60 grep -q begun there.out
		pisces debug -e "$NAME" $way
		here "${ahci[1]}" --write --verify --threads 4 --seconds 3
		pisces destroy "$NAME"
		wait_for "$pid"
		linux_has_back "${ahci[0]}"
		here "${ahci[0]}" --write --verify --threads 4
		no_kernel_complaints
		boot --cpu 4-5 --mem 128M
	done
}

@test "two are given, and share the line in the enclave" {
	give --forward "${nvme[0]}" "${ahci[0]}"
	pisces run -e "$NAME" -- "$sectors" --write --verify --threads 4 --seed 1 \
		--seconds "$SECONDS_TOGETHER" /dev/nvme0n1 >nvme.out 3>&- &
	pisces run -e "$NAME" -- "$sectors" --write --verify --threads 4 --seed 1 \
		--seconds "$SECONDS_TOGETHER" /dev/sda >ahci.out
	wait $!
	grep -q rounds nvme.out
	grep -q rounds ahci.out
	interrupts_are forward "${nvme[0]}"
	interrupts_are forward "${ahci[0]}"
}

@test "one that is polled leaves the line alone" {
	local before
	give --poll "${nvme[0]}"
	before=$(taken)
	there --write --verify --threads 4 --block 4096 --range 0:2097152
	assert_equal "$(taken)" "$before"
	interrupts_are poll "${nvme[0]}"
	both_work_without_giving "${ahci[0]}"
	pisces rm-pci "${nvme[0]}"
	linux_has_back "${nvme[0]}"
}

both_work_without_giving() { # KEPT
	pisces run -e "$NAME" -- "$sectors" --write --verify --threads 4 --seed 1 \
		--seconds 4 "$disk" >there.out 3>&- &
	here "$1" --write --verify --threads 4 --seed 2 --seconds 4
	wait $!
	grep -q rounds there.out
}

@test "NVMe is given" {
	local before
	before=$(taken)
	both_work "${nvme[0]}" "${ahci[0]}" --forward
	interrupts_are forward "${nvme[0]}"
	assert_equal "$(status_of_function "${nvme[0]}" .source)" INTx
	assert [ "$(taken)" -gt "$before" ]
	goes_back "${nvme[0]}" "${ahci[0]}"
}
