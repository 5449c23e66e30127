#!/usr/bin/env bats
# 126-eject: the platform asks for a CPU or memory that an enclave has. Linux lets
# go of what is offline without a word to drivers, so this must be refused. The
# machine has a DIMM of one block at 4 GiB, which Linux does not begin to use: it
# would put things there that cannot move.
# machine: --monitor --append memhp_default_state=offline --qemu -smp --qemu cpus=4,maxcpus=5,sockets=5,cores=1,threads=1 --qemu -device --qemu max-x86_64-cpu,id=extra,socket-id=4,core-id=0,thread-id=0 --qemu -m --qemu slots=1,maxmem=8G --qemu -object --qemu memory-backend-ram,id=ram,size=128M --qemu -device --qemu pc-dimm,id=dimm,memdev=ram

load helpers
load pci

cpu=4
dimm=$((4 << 30))

setup_file() {
	[ -n "${EMULATED-}" ] || skip "this takes a CPU and memory out of the machine"
	begin_file
	local size
	size=$((0x$(cat $sys_memory/block_size_bytes)))
	export BLOCK RANGE
	BLOCK=memory$((dimm / size))
	RANGE=$(printf '0x%x-0x%x' $dimm $((dimm + size - 1)))
	[ -e "$sys_memory/$BLOCK" ] || unfit "there is no DIMM at 4 GiB"
}

teardown_file() {
	pisces destroy --all
	no_kernel_complaints
}

was_refused() { # NAME
	dmesg | grep -q " $1: Offline failed"
}

is_gone() { # PATH
	[ ! -e "$1" ]
}

@test "a CPU of an enclave is not ejected" {
	before=$(machine_state)
	pisces boot --cpu $cpu --mem 128M
	monitor 'device_del extra'
	wait_until 60 was_refused cpu$cpu
	run -0 pisces run "$PROGRAMS/musl/spin" 0
	pisces destroy
	assert_equal "$(machine_state)" "$before"
}

@test "with Linux again, it is" {
	monitor 'device_del extra'
	wait_until 60 is_gone $sys_cpu/cpu$cpu
	run -1 pisces boot --cpu $cpu --mem 128M
	assert_output "pisces: there is no CPU $cpu: pisces check lists those that can go"
}

@test "memory of an enclave is not ejected" {
	before=$(machine_state)
	pisces boot --cpu 3 --mem "$RANGE"
	monitor 'device_del dimm'
	wait_until 60 was_refused "$BLOCK"
	run -0 pisces run "$PROGRAMS/musl/spin" 0
	pisces destroy
	assert_equal "$(machine_state)" "$before"
}

@test "with Linux again, that is, too" {
	monitor 'device_del dimm'
	wait_until 60 is_gone "$sys_memory/$BLOCK"
	run -1 pisces boot --cpu 3 --mem "$RANGE"
	assert_output "pisces: there is no memory block at 0x100000000"
}
