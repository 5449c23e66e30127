#!/usr/bin/env bats
# 242-pci-direct: disks of an enclave behind Intel's IOMMU, which leaves interrupts
# alone: they come straight to the CPU whose they are, and to no other.
# run: by name
# machine: --cpus 6 --mem 3G --iommu intel-direct --disk 16M:nvme --disk 16M:ahci

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
	pisces boot --cpu 3-5 --mem 256M --name "$NAME"
}

teardown() {
	pisces destroy --all
}

@test "NVMe, its interrupts direct, which is the default" {
	works direct "${nvme[0]}"
}

@test "AHCI, its interrupts direct, which is the default" {
	want_functions ahci
	works direct "${ahci[0]}"
}

@test "NVMe, polled because that was asked for" {
	works poll "${nvme[0]}" --poll
}

@test "AHCI, forwarded because that was asked for" {
	want_functions ahci
	works forward "${ahci[0]}" --forward
}

@test "check --pci says that interrupts are not contained" {
	run -0 pisces check --pci
	assert_output --partial 'not contained'
	assert_equal "$(pisces check --pci --json |
		jq .interrupts_contained)" false
}

@test "Linux has no part in it: it gets none of the interrupts" {
	want_functions ahci
	local before
	give "${ahci[0]}"
	before=$(grep -E 'ahci|nvme|pisces:' /proc/interrupts || :)
	there --write --verify --threads 4 --block 4096 --range 0:2097152
	assert_equal "$(grep -E 'ahci|nvme|pisces:' /proc/interrupts || :)" \
		"$before"
	assert_equal "$(status_of_function "${ahci[0]}" .forwarded)" 0
}

# All that can come between a program and its CPU.
what_happened() { # CPU
	status_of ".cpus[] | select(.cpu == $1) | del(.tasks) | tostring"
}

# Two CPUs compute while the third uses the disk. Of AHCI there is one interrupt,
# which one CPU has: it may be one of the two.
quiet_while_in_use() { # HOW-MANY FUNCTION
	local cpu quiet=0 before=() after=()
	give "$2"
	for cpu in 4 5; do
		start_pisces run --cpus $cpu "$p/spin" 1000000 >spin.$cpu
		pids+=("$pid")
		wait_until 60 grep -q spinning spin.$cpu
		before[cpu]=$(what_happened $cpu)
	done
	pisces run --cpus 3 -- "$sectors" --write --verify --threads 4 \
		--block 4096 --range 0:2097152 "$disk"
	interrupts_are direct "$2"
	for cpu in 4 5; do
		after[cpu]=$(what_happened $cpu)
		echo "CPU $cpu: ${before[cpu]} -> ${after[cpu]}"
		[ "${after[cpu]}" != "${before[cpu]}" ] || quiet=$((quiet + 1))
	done
	kill -KILL "${pids[@]}"
	assert [ $quiet -ge "$1" ]
}

@test "a CPU that computes takes no interrupt of a disk that others use: NVMe" {
	local pids=() p=$PROGRAMS/musl
	quiet_while_in_use 2 "${nvme[0]}"
}

@test "a CPU that computes and does not own AHCI's interrupt does not get it" {
	want_functions ahci
	local pids=() p=$PROGRAMS/musl
	quiet_while_in_use 1 "${ahci[0]}"
}

@test "an owner that computes is interrupted by no broadcast of Linux's" {
	want_functions ahci
	local pids=() p=$PROGRAMS/musl before i
	give "${ahci[0]}"
	for cpu in 3 4 5; do
		start_pisces run --cpus $cpu "$p/spin" 1000000 >spin.$cpu
		pids+=("$pid")
		wait_until 60 grep -q spinning spin.$cpu
	done
	before=$(status_of '[.cpus[].broadcast] | add')
	for ((i = 0; i < 5; i++)); do
		modprobe loop
		modprobe -r loop
		echo 0 >$sys_cpu/cpu2/online
		echo 1 >$sys_cpu/cpu2/online
	done
	assert_equal "$(status_of '[.cpus[].broadcast] | add')" "$before"
	kill -KILL "${pids[@]}"
}

# Each CPU's own, as long as it is there.
@test "vectors follow the CPUs that come and go" {
	give "${nvme[0]}"
	there --write --seed 1 --threads 4
	pisces run -e "$NAME" -- "$sectors" --verify --seed 1 --threads 4 \
		--block 4096 --seconds 15 "$disk" >out 3>&- &
	wait_until 60 grep -q begun out
	pisces rm-cpu -e "$NAME" 5
	pisces add-cpu -e "$NAME" 2
	pisces rm-cpu -e "$NAME" 4
	pisces add-cpu -e "$NAME" 4,5
	wait $!
	grep -q rounds out
	there --write --verify --seed 2 --threads 8
	interrupts_are direct "${nvme[0]}"
}
