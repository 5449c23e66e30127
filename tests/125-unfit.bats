#!/usr/bin/env bats
# 125-unfit: memory that Linux could not get back, or that is a driver's, stays
# with Linux. The machine has a DIMM of one block, and some from virtio-mem.
# machine: --append memory_hotplug.memmap_on_memory=1 --qemu -m --qemu slots=2,maxmem=8G --qemu -object --qemu memory-backend-ram,id=dimm,size=128M --qemu -device --qemu pc-dimm,memdev=dimm --qemu -object --qemu memory-backend-ram,id=more,size=128M --qemu -device --qemu virtio-mem-pci,memdev=more,requested-size=128M,unplugged-inaccessible=auto

load helpers

setup_file() {
	[ -n "${EMULATED-}" ] || skip "this spoils memory"
	begin_file
	modprobe virtio_mem
	export SIZE
	SIZE=$((0x$(cat $sys_memory/block_size_bytes)))
}

teardown_file() {
	pisces destroy --all
	no_kernel_complaints
}

# The address of the last block of a kind, as /proc/iomem names it.
block_of() { # KIND
	local end
	end=$(sed -n "s/^ *[0-9a-f]*-\([0-9a-f]*\) : $1\$/\1/p" /proc/iomem |
		tail -n 1)
	[ -n "$end" ] && printf '0x%x' $(((0x$end + 1) / SIZE * SIZE - SIZE))
}

cannot_go() { # ADDRESS WHY
	local before
	before=$(machine_state)
	run -1 pisces boot --cpu "$CPU" --mem "$1-$(printf '0x%x' $(($1 + SIZE - 1)))"
	assert_output "pisces: the memory block at $1 cannot go: $2; choose another"
	assert_equal "$(machine_state)" "$before"
}

@test "memory that virtio-mem may take away itself" {
	block=$(block_of 'System RAM (virtio_mem)') ||
		unfit "no memory is virtio-mem's"
	cannot_go "$block" "a driver manages it (virtio-mem, dax)"
}

@test "a block that holds Linux's records of its own pages" {
	[ "$(cat /sys/module/memory_hotplug/parameters/memmap_on_memory)" = Y ] ||
		skip "this kernel keeps no records there"
	cannot_go "$(block_of 'System RAM')" "Linux keeps its records of the \
block in the block (memory_hotplug.memmap_on_memory)"
}

@test "a block with a hardware error" {
	block=$(printf '0x%x' $((8 * SIZE)))
	[ -e $sys_memory/hard_offline_page ] ||
		skip "this kernel takes no hardware errors"
	# That it cannot be spared is no matter: it is marked.
	echo "$block" >$sys_memory/hard_offline_page || :
	cannot_go "$block" "pages of it had hardware errors"
}

# The number of a block that Linux gives up, all of which is free memory then.
free_block() {
	local number
	for number in $(seq 15 -1 9); do
		if echo offline >$sys_memory/memory"$number"/state &&
			echo online_movable >$sys_memory/memory"$number"/state; then
			echo "$number"
			return
		fi
	done
	return 1
}

@test "a block that is offline, with a hardware error" {
	[ -e $sys_memory/hard_offline_page ] ||
		skip "this kernel takes no hardware errors"
	number=$(free_block) || unfit "Linux gives up no block"
	block=$(printf '0x%x' $((number * SIZE)))
	echo "$block" >$sys_memory/hard_offline_page || :
	echo offline >$sys_memory/memory"$number"/state
	cannot_go "$block" "pages of it had hardware errors"
}

# Those that are offline are tried first.
@test "for a size, other blocks are taken" {
	boot
	same "$PROGRAMS/musl/hello"
	pisces destroy
}
