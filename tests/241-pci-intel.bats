#!/usr/bin/env bats
# 241-pci-intel: disks of an enclave behind Intel's IOMMU, which checks interrupts,
# too: they are polled, or Linux forwards their interrupts.
# run: by name
# machine: --cpus 6 --mem 3G --iommu intel --disk 16M:nvme --disk 16M:ahci --disk 16M:ahci:port

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

@test "NVMe, polled, which is the default where interrupts are checked" {
	works poll "${nvme[0]}"
}

@test "NVMe, its interrupts forwarded" {
	works forward "${nvme[0]}" --forward
}

@test "AHCI, polled, which is the default where interrupts are checked" {
	want_functions ahci
	works poll "${ahci[0]}"
}

@test "AHCI, its interrupts forwarded" {
	want_functions ahci
	works forward "${ahci[0]}" --forward
}

@test "AHCI behind a port of its own" {
	want_functions ahci
	works poll "${ahci[1]}"
}

@test "Linux and enclave say the same of the same disk: NVMe" {
	says_the_same "${nvme[0]}"
}

@test "Linux and enclave say the same of the same disk: AHCI" {
	want_functions ahci
	says_the_same "${ahci[0]}" --forward
}

@test "two disks at once" {
	want_functions ahci
	local first
	give "${nvme[0]}" "${ahci[0]}"
	first=$disk
	disk=$(sed -n "s,.*${ahci[0]} added: \(/dev/[a-z0-9]*\).*,\1,p" <<<"$output")
	assert [ "$first" != "$disk" ]
	there --write --seed 1 --threads 2
	pisces run -e "$NAME" -- "$sectors" --write --verify --seed 2 --seconds 5 \
		--threads 4 --fsync "$first" >out 3>&- &
	there --verify --seed 1 --threads 2
	there --write --verify --seed 3 --seconds 3 --threads 4
	wait $!
	grep -q rounds out
	pisces rm-pci -e "$NAME" "${ahci[0]}" "${nvme[0]}"
	linux_has_back "${nvme[0]}" "${ahci[0]}"
}

# Linux's partitions get contents of their own.
write_partitions() { # FUNCTION NUMBER...
	local linux number
	linux=$(disk_of "$1")
	blockdev --rereadpt "$linux"
	shift
	[[ $linux != *[0-9] ]] || linux+=p
	for number; do
		wait_until 20 [ -b "$linux$number" ]
		"$sectors" --write --fsync --seed "$number" --block 4096 \
			"$linux$number"
	done
}

# The disk's own name comes before the number, with p if it ends with a digit.
partition() { # NUMBER OPTION...
	local name=$disk
	[[ $name != *[0-9] ]] || name+=p
	pisces run -e "$NAME" -- "$sectors" "${@:2}" --block 4096 "$name$1"
}

@test "partitions of an MBR: found, and no request leaves its own" {
	write_mbr "$(disk_of "${nvme[0]}")" 2048:4096 8192:1024
	write_partitions "${nvme[0]}" 1 2
	give "${nvme[0]}"
	partition 1 --verify --seed 1
	partition 2 --verify --seed 2
	run -1 there --verify --seed 1 --range 0:4096
	partition 2 --write --verify --seed 4 --buffered --range 1000:9999
	partition 2 --write --seed 5
	partition 1 --verify --seed 1
	run -1 --separate-stderr partition 2 --write --seed 5 --range 524288:4096
	assert_regex "$stderr" 'has 524288 bytes only'
	pisces rm-pci -e "$NAME" "${nvme[0]}"
	linux_has_back "${nvme[0]}"
	wait_until 20 [ -b "$(disk_of "${nvme[0]}")p2" ]
	"$sectors" --verify --seed 5 "$(disk_of "${nvme[0]}")p2"
	"$sectors" --verify --seed 1 "$(disk_of "${nvme[0]}")p1"
}

@test "partitions of a GPT" {
	want_functions ahci
	write_gpt "$(disk_of "${ahci[0]}")" 4096 2048
	write_partitions "${ahci[0]}" 1
	give "${ahci[0]}"
	partition 1 --verify --seed 1
	partition 1 --write --verify --seed 2
	run pisces run -e "$NAME" /bin/busybox ls -l /dev
	assert_output --regexp "${disk#/dev/}1"
	refute_output --regexp "${disk#/dev/}2"
	# For the tests that follow.
	there --write --range 0:65536
	pisces rm-pci -e "$NAME" "${ahci[0]}"
	linux_has_back "${ahci[0]}"
}

@test "a program's memory is where a device writes to, whatever it is made of" {
	give "${nvme[0]}"
	run -0 pisces run -e "$NAME" "$PROGRAMS/musl/diskmemory" "$disk"
	assert_output --regexp '^diskmemory: [0-9]+ checks, 0 failures$'
}
