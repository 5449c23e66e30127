#!/usr/bin/env bats
# 249-pci-fio: Debian's fio, as it is, writes and verifies an enclave's disks.
# run: by name
# machine: --cpus 6 --mem 5G --packages fio --iommu intel --disk 32M:nvme --disk 32M:ahci
# kernel: any

load helpers
load pci
LIMIT=300
BATS_TEST_TIMEOUT=600
debian=/debian
fio=/fio		# fio alone, of all that is in /debian

setup_file() {
	begin_pci_file
	[ ! -d $debian ] || make_root
}

teardown_file() {
	end_pci_file
}

setup() {
	[ -d $debian ] || skip "there is no $debian"
	cd "$BATS_TEST_TMPDIR" || return
	want_functions nvme ahci
	want_iommu
	pisces boot --cpu 2-5 --mem 512M --name "$NAME"
}

teardown() {
	pisces destroy --all
}

# Debian's package needs many others, most of which no job here has a use for.
make_root() {
	local file
	mkdir -p $fio/{dev,proc,sys,tmp,usr/bin,usr/lib64}
	ln -s usr/lib64 $fio/lib64
	cp $debian/usr/bin/fio $fio/usr/bin
	cp -L $debian/lib64/ld-linux-x86-64.so.2 $fio/lib64
	chroot $debian /lib64/ld-linux-x86-64.so.2 --list /usr/bin/fio |
		sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' |
		while read -r file; do
			mkdir -p "$fio${file%/*}"
			cp -L "$debian$file" "$fio$file"
		done
}

# What every job is about.
job=(--name=job --direct=1 --verify=crc32c --verify_fatal=1 --disk_util=0
	--output-format=json --group_reporting --end_fsync=1)

# In the enclave; $written and $verified are the bytes.
fio_there() { # OPTION...
	run -0 --separate-stderr pisces run -e "$NAME" --root $fio --cwd /tmp -- \
		/usr/bin/fio "${job[@]}" --filename="$disk" "$@"
	well_done
}

fio_here() { # DISK OPTION...
	mount --rbind /dev $fio/dev
	run -0 --separate-stderr timeout "$LIMIT" chroot $fio /usr/bin/fio \
		"${job[@]}" --filename="$1" "${@:2}"
	umount -R -l $fio/dev
	well_done
}

# It may write lines of its own before the JSON.
well_done() {
	sed -n '/^{/,$p' <<<"$output" >fio.json
	run -0 jq -r '.jobs | map(.error) | add' fio.json
	assert_output 0
	written=$(jq '[.jobs[].write.io_bytes] | add' fio.json)
	verified=$(jq '[.jobs[].read.io_bytes] | add' fio.json)
}

fio_on() { # FUNCTION [OPTION...]
	give "${@:2}" "$1"
	fio_there --ioengine=psync --rw=write --bs=64k --size=16M --thread
	assert_equal "$written $verified" '16777216 16777216'
	fio_there --ioengine=pvsync2 --rw=randwrite --bs=4k --size=2M \
		--numjobs=4 --offset_increment=8M --thread
	assert_equal "$written $verified" '8388608 8388608'
	fio_there --ioengine=psync --rw=randrw --bs=12k --size=6M \
		--numjobs=2 --offset_increment=8M --thread --verify_backlog=64
	fio_there --ioengine=pvsync2 --rw=write --bs=1M --size=32M --thread
	assert_equal "$written $verified" '33554432 33554432'
	pisces rm-pci "$1"
	linux_has_back "$1"
	fio_here "$(disk_of "$1")" --ioengine=psync --rw=write --bs=1M \
		--size=32M --thread --verify_only
	assert_equal "$verified" 33554432
}

@test "NVMe" {
	fio_on "${nvme[0]}"
}

@test "AHCI" {
	fio_on "${ahci[0]}"
}

@test "with processes in place of threads" {
	give "${nvme[0]}"
	fio_there --ioengine=psync --rw=randwrite --bs=16k --size=4M --numjobs=3 \
		--offset_increment=8M
	assert_equal "$written $verified" '12582912 12582912'
}

@test "without O_DIRECT, in odd sizes" {
	give "${ahci[0]}"
	fio_there --direct=0 --ioengine=psync --rw=write --bs=5000 --size=1000000 \
		--thread
	assert_equal "$written $verified" '1000000 1000000'
}
