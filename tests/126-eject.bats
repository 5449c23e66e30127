#!/usr/bin/env bats
# 126-eject: the platform asks for a CPU that an enclave has. Linux lets go of one
# that is offline without a word to drivers, so this must be refused.
# machine: --monitor --qemu -smp --qemu cpus=4,maxcpus=5,sockets=5,cores=1,threads=1 --qemu -device --qemu max-x86_64-cpu,id=extra,socket-id=4,core-id=0,thread-id=0

load helpers
load pci

cpu=4

setup_file() {
	[ -n "${EMULATED-}" ] || skip "this takes a CPU out of the machine"
	begin_file
}

teardown_file() {
	pisces destroy --all
	no_kernel_complaints
}

was_refused() {
	dmesg | grep -q 'Offline failed'
}

is_gone() {
	[ ! -e $sys_cpu/cpu$cpu ]
}

@test "a CPU of an enclave is not ejected" {
	before=$(machine_state)
	pisces boot --cpu $cpu --mem 128M
	monitor 'device_del extra'
	wait_until 60 was_refused
	run -0 pisces run "$PROGRAMS/musl/spin" 0
	pisces destroy
	assert_equal "$(machine_state)" "$before"
}

@test "with Linux again, it is" {
	monitor 'device_del extra'
	wait_until 60 is_gone
	run -1 pisces boot --cpu $cpu --mem 128M
	assert_output "pisces: there is no CPU $cpu: pisces check lists those that can go"
}
