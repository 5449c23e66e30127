#!/usr/bin/env bats
# 200-events: Linux reboots, is replaced, sleeps or panics while two enclaves
# live.  Each needs a machine of its own.
# machine: host

load helpers
BATS_TEST_TIMEOUT=900
vm=$BATS_TEST_DIRNAME/vm

setup_file() {
	local release
	export RELEASE KERNEL
	RELEASE=$("$vm/kernel" default)
	KERNEL=$("$vm/kernel" image "$RELEASE")
	make_second "$BATS_FILE_TMPDIR/second"
}

# The initramfs of a kernel that is started by another: says what it finds on
# the console, and for a crash kernel saves the memory image.
make_second() { # RESULT
	local folder=$BATS_FILE_TMPDIR/root
	mkdir -p "$folder"/{bin,proc,sys,dev,tmp}
	cp /bin/busybox "$folder/bin/busybox"
	ln -s busybox "$folder/bin/sh"
	cat >"$folder/init" <<'END'
#!/bin/sh
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
exec >/dev/console 2>&1
echo "second kernel: CPUs $(busybox cat /sys/devices/system/cpu/online)"
echo "second kernel: memory $(busybox sed -n 's/MemTotal: *//p' /proc/meminfo)"
if [ -e /proc/vmcore ]; then
	busybox dd if=/proc/vmcore of=/tmp/vmcore bs=1M count=64
	echo "second kernel: saved $(busybox wc -c </tmp/vmcore) bytes," \
		"$(busybox head -c 4 /tmp/vmcore | busybox tr -d '\177')"
fi
busybox poweroff -f
END
	chmod 755 "$folder/init"
	(cd "$folder" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$1"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

two='set -e
pisces boot --cpu 2 --mem 128M --name e2
pisces boot --cpu 3 --mem 128M --name e3
pisces run -e e2 --detach /programs/musl/spin 600
pisces run -e e3 --detach /programs/musl/spin 600'

# Runs COMMANDS with two live enclaves in a machine; its console in ./console.
machine() { # OPTIONS... -- COMMANDS
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	run "$vm/run" --console console --timeout 240 --append nosoftlockup \
		--file "$PROGRAMS/musl/spin:/programs/musl/spin" \
		"${options[@]}" -- sh -c "$two
$2"
	tr -d '\r' <console >text
}

# The machine went down, as status 253 of vm/run tells, and without a word of
# trouble.
went_down() {
	assert_equal "$status" 253
	! grep -E 'WARNING:|BUG:|Oops|Call Trace' text
}

@test "reboot stops the enclaves first" {
	machine --append loglevel=7 -- 'reboot -f'
	went_down
	grep -q 'pisces: enclave e2 is stopped' text
	grep -q 'pisces: enclave e3 is stopped' text
	grep -q 'reboot: Restarting system' text
}

@test "power off stops the enclaves first" {
	machine --append loglevel=7 -- 'poweroff -f'
	went_down
	grep -q 'pisces: enclave e2 is stopped' text
	grep -q 'pisces: enclave e3 is stopped' text
	grep -q 'reboot: Power down' text
}

@test "kexec: the next kernel has all CPUs and all memory" {
	machine --append loglevel=7 --file "$KERNEL:/kernel" \
		--file "$BATS_FILE_TMPDIR/second:/second" -- \
		'kexec -s -l /kernel --initrd=/second --append="console=ttyS0 no_timer_check"
		kexec -e'
	went_down
	grep -q 'pisces: enclave e3 is stopped' text
	grep -q 'second kernel: CPUs 0-3' text
	grep -q 'second kernel: memory' text
}

@test "a panic without a crash kernel goes down as ever" {
	machine --append panic=1 -- 'echo 1 >/proc/sys/kernel/sysrq
		echo c >/proc/sysrq-trigger'
	assert_equal "$status" 250
	grep -q 'Kernel panic - not syncing: sysrq triggered crash' text
}

@test "a crash kernel boots and saves memory while enclaves compute" {
	machine --append crashkernel=512M --file "$KERNEL:/kernel" \
		--file "$BATS_FILE_TMPDIR/second:/second" --mem 3G -- \
		'kexec -s -p /kernel --initrd=/second --append="console=ttyS0 no_timer_check nr_cpus=1 reset_devices"
		echo 1 >/proc/sys/kernel/sysrq
		echo c >/proc/sysrq-trigger'
	grep -q 'second kernel: CPUs 0' text
	grep -q 'second kernel: saved 67108864 bytes, ELF' text
}

@test "suspend and unloading are refused while an enclave lives" {
	machine -- 'exec 2>&1
		/bin/echo mem >/sys/power/state && exit 10
		dmesg | grep "pisces: no sleep" || exit 14
		rmmod pisces && exit 11
		pisces unload && exit 12
		pisces run -e e2 /programs/musl/spin 0 || exit 13
		pisces list'
	assert_equal "$status" 0
	assert_line --partial 'Device or resource busy'
	assert_line --regexp '^pisces: .*(e2|enclave)'
	assert_line --regexp '^e3 +running'
}

@test "who waits for somebody who is gone holds no sleep up" {
	machine --file "$PROGRAMS/tools/stall:/stall" -- 'exec 2>&1
		/stall $(pisces status --json e2 | jq -r ".id, .blocks[0].start") &
		until grep -q userfault /proc/$!/stack; do sleep 1; done
		echo mem >/sys/power/state && exit 10
		dmesg | grep "pisces: no sleep while an enclave is being" || exit 11
		kill -9 $!
		pisces run -e e2 /programs/musl/spin 0 || exit 12'
	assert_equal "$status" 0
}

@test "after a sleep, enclaves start again" {
	machine -- 'pisces destroy --all
		[ -e /sys/power/pm_test ] || exit 15
		echo freezer >/sys/power/pm_test || exit 10
		echo mem >/sys/power/state || exit 11
		pisces boot --cpu 3 --mem 128M --name e3 || exit 12
		pisces run -e e3 /programs/musl/spin 0 || exit 13'
	[ "$status" != 15 ] || skip "this kernel cannot try a sleep out"
	assert_equal "$status" 0
}
