#!/usr/bin/env bats
# 240-pci: PCI functions are given to an enclave and taken back: what the commands
# say, what they refuse and why, and that nothing is done in part.
# run: by name
# machine: --cpus 6 --mem 3G --iommu intel --qemu -device --qemu pcie-root-port,id=both,chassis=20 --qemu -device --qemu pcie-root-port,id=net,chassis=21 --qemu -device --qemu edu --qemu -device --qemu e1000e,bus=net --disk 16M:nvme:port --disk 16M:ahci --disk 16M:nvme:bus=both,addr=0.0,multifunction=on --disk 16M:nvme:bus=both,addr=0.1

load helpers
load pci
BATS_TEST_TIMEOUT=900
p=$PROGRAMS/musl

setup_file() {
	begin_pci_file
}

teardown_file() {
	end_pci_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	want_functions nvme ahci edu
	[ ${#nvme[@]} = 3 ] || unfit "there are not three NVMe disks"
	want_iommu
	# Two functions of a device, which the IOMMU cannot tell apart.
	find_pair
	one=$(comm -23 <(printf '%s\n' "${nvme[@]}") <(printf '%s\n' "${pair[@]}"))
	pids=()
	boot
}

teardown() {
	[ ${#pids[@]} = 0 ] || kill -KILL "${pids[@]}" || :
	pisces destroy --all
	umount "$BATS_TEST_TMPDIR/mnt" 2>/dev/null || :
	pisces reclaim
	pci_is_back || cat pci.diff
}

# Sets $pair.
find_pair() {
	local function
	for function in "${nvme[@]}"; do
		[ ! -e "$sys_pci/${function%.*}.1" ] ||
			pair=("${function%.*}.0" "${function%.*}.1")
	done
}

# A command that fails with this message and changes nothing.
refused() { # REGEX COMMAND...
	run -1 --separate-stderr pisces "${@:2}"
	assert_regex "$stderr" "^pisces: $1"
	pci_is_back || {
		cat pci.diff
		return 1
	}
}

cannot_be_given() { # REASON OPTION... FUNCTION
	refused "the PCI function ${*: -1} cannot be given: $1" add-pci "${@:2}"
	run -0 pisces check --pci
	assert_output --regexp "${*: -1} "$'[^\n]*\n'" +cannot be given: $1"
	run -0 jq -r ".functions[] | select(.address == \"${*: -1}\") |
		\"\\(.can_be_given) \\(.reason)\"" <(pisces check --pci --json)
	assert_output --regexp "^false $1"
}

@test "given and taken back: what is said, and what status and list say" {
	run -0 pisces add-pci "$one"
	assert_output --regexp "^$NAME: PCI function $one added: /dev/nvme0n1, polled$"
	assert_equal "$(driver_of "$one")" pisces
	run -0 pisces status
	assert_line --regexp "^pci $one +/dev/nvme0n1, driver nvme, "
	assert_line --regexp 'dma +contained'
	assert_equal "$(status_of_function "$one" '"\(.driver) \(.name) \(
		.interrupts) \(.contained)"')" 'nvme nvme0n1 poll true'
	assert_equal "$(pisces list --json |
		jq -r '.[0].devices | join(" ")')" "$one"
	run -0 pisces run /bin/busybox ls -l /dev/nvme0n1
	assert_output --regexp '^b'
	run -0 pisces rm-pci "$one"
	assert_output "$NAME: PCI function $one removed"
	linux_has_back "$one"
	assert_equal "$(status_of '.devices | length')" 0
	run -1 --separate-stderr pisces run /bin/busybox head -c 1 /dev/nvme0n1
	assert_regex "$stderr" 'No such file'
}

@test "an address is written with or without its segment" {
	run -0 pisces add-pci "${one#0000:}"
	assert_output --partial "PCI function $one added"
	run -0 pisces rm-pci "${one#0000:}"
	assert_output "$NAME: PCI function $one removed"
}

@test "several are given at once, and the rest taken by destroy" {
	run -0 pisces add-pci "$one" "${ahci[0]}" "${pair[@]}"
	assert_equal "${#lines[@]}" 4
	assert_line --regexp "${ahci[0]} added: /dev/sda, "
	assert_equal "$(status_of '[.devices[].name] | sort | join(" ")')" \
		'nvme0n1 nvme1n1 nvme2n1 sda'
	run -0 pisces rm-pci "${pair[@]}"
	assert_equal "$(status_of '.devices | length')" 2
	pisces destroy
	linux_has_back "${nvme[@]}" "${ahci[0]}"
}

@test "boot takes functions, too" {
	pisces destroy
	run -0 boot --pci "$one" --pci "${ahci[0]}" --poll
	assert_equal "$(status_of '[.devices[].address] | sort | join(" ")')" \
		"$(printf '%s\n' "$one" "${ahci[0]}" | sort | xargs)"
	disk=/dev/nvme0n1
	there --write --verify --threads 2 --range 0:1048576
	pisces destroy
	linux_has_back "$one" "${ahci[0]}"
	run -1 --separate-stderr boot --pci "$one,${edu[0]}"
	assert_regex "$stderr" "^pisces: the PCI function ${edu[0]} cannot be given"
	assert_equal "$(pisces list --json)" '[]'
	pci_is_back
}

@test "--dry-run says what would be done and does nothing" {
	run -0 pisces add-pci --dry-run "$one" "${ahci[0]}"
	assert_output --regexp "^$NAME: would take .*$one"
	pci_is_back
	refused "the PCI function ${edu[0]} cannot be given" add-pci --dry-run \
		"${edu[0]}"
	run -0 pisces boot --dry-run --cpu 3 --name other --pci "$one"
	assert_output --partial "$one"
	pci_is_back
	pisces add-pci "$one"
	run -0 pisces rm-pci --dry-run "$one"
	assert_output --regexp "^$NAME: would give .*$one back to Linux"
	assert_equal "$(driver_of "$one")" pisces
}

@test "check --pci: driver, group, interrupts, how it is made to stop" {
	run -0 pisces check --pci
	assert_line --partial 'DMA is contained'
	assert_line --regexp "^$one +1b36:0010 +NVMe +nvme +[0-9]+ +.*MSI-X.* flr"
	assert_line --regexp "^${ahci[0]} +8086:2922 +AHCI +ahci +[0-9]+ +.*MSI.* ahci"
	assert_output --regexp "$one "$'[^\n]*\n +can be given'
	run -0 jq -r '.functions[] | select(.can_be_given) | .address' \
		<(pisces check --pci --json)
	assert_line "$one"
	assert_line "${ahci[0]}"
	refute_line "${edu[0]}"
	run -0 as 65534 "$PISCES" check --pci
	assert_line --regexp "^$one "
}

@test "what is no address is wrong usage" {
	local what
	for what in nvme0 3:00.0 0000:03:00 0000:03:20.0 0000:03:00.8 \
		'0000:03:00.0 ' ''; do
		run -2 --separate-stderr pisces add-pci "$what"
		assert_regex "$stderr" "^pisces: .*'$what'"
	done
	run -2 --separate-stderr pisces add-pci
	assert_regex "$stderr" '^pisces: add-pci: no PCI function is named'
	run -2 --separate-stderr pisces rm-pci
	assert_regex "$stderr" '^pisces: rm-pci: no PCI function is named'
	run -2 --separate-stderr pisces add-pci --poll --forward "$one"
	assert_regex "$stderr" '^pisces: add-pci: --poll or --forward, not both'
	run -2 --separate-stderr boot --poll
	assert_regex "$stderr" '^pisces: boot: '
	pci_is_back
}

@test "what is not there cannot be given" {
	refused 'there is no PCI function 0000:ee:00.0: pisces check --pci lists them' \
		add-pci 0000:ee:00.0
	refused 'there is no PCI function 0000:ee:00.0' add-pci "$one" 0000:ee:00.0
	refused "the PCI function $one is not one of $NAME's: it has none" \
		rm-pci "$one"
}

@test "a bridge stays" {
	local bridge
	bridge=$(readlink -f "$sys_pci/$one")
	bridge=${bridge%/*}
	cannot_be_given 'it is a bridge' "${bridge##*/}"
	cannot_be_given 'it is a bridge' --force --unsafe-dma "${bridge##*/}"
}

@test "what nothing makes stop stays" {
	cannot_be_given 'nothing is known that makes it stop' "${edu[0]}"
	cannot_be_given 'nothing is known that makes it stop' --force \
		--unsafe-dma "${edu[0]}"
}

@test "one of a group goes with the others only" {
	cannot_be_given "it shares IOMMU group [0-9]+ with ${pair[1]}, which Linux uses" \
		"${pair[0]}"
	cannot_be_given "it shares IOMMU group [0-9]+ with ${pair[1]}" --force \
		"${pair[0]}"
	pisces add-pci "${pair[@]}"
	run -1 --separate-stderr pisces rm-pci "${pair[0]}"
	assert_regex "$stderr" "^pisces: the PCI function ${pair[0]} shares its IOMMU group with ${pair[1]}: take both"
	assert_equal "$(status_of '.devices | length')" 2
	pisces rm-pci "${pair[@]}"
	linux_has_back "${pair[@]}"
	# One that Linux has let go of is in nobody's way.
	echo "${pair[1]}" >/sys/bus/pci/drivers/nvme/unbind
	run -0 pisces add-pci "${pair[0]}"
	pisces boot --cpu 4 --name other
	run -1 --separate-stderr pisces add-pci -e other "${pair[1]}"
	assert_regex "$stderr" "with ${pair[0]}, which is granted to $NAME"
	pisces rm-pci -e "$NAME" "${pair[0]}"
	echo "${pair[1]}" >/sys/bus/pci/drivers_probe
	linux_has_back "${pair[@]}"
}

@test "a disk that is mounted stays, unless it is forced" {
	local linux
	linux=$(disk_of "$one")
	busybox mke2fs "$linux"
	mkdir mnt
	mount -t ext4 "$linux" mnt
	cannot_be_given "its disk ${linux#/dev/} is mounted on $PWD/mnt" "$one"
	umount mnt
	run -0 pisces add-pci "$one"
	pisces rm-pci "$one"
	linux_has_back "$one"
	mount -t ext4 -o ro "$(disk_of "$one")" mnt
	run -0 pisces add-pci --force "$one"
	there_is_disk
	pisces rm-pci "$one"
	umount mnt || umount -l mnt
	linux_has_back "$one"
}

there_is_disk() {
	disk=/dev/nvme0n1
	there --write --verify --range 4194304:65536
}

@test "a disk that is mounted elsewhere, in a container, stays" {
	local linux
	linux=$(disk_of "$one")
	busybox mke2fs "$linux"
	mkdir mnt
	unshare -m sh -c "mount -t ext4 $linux mnt && echo yes && exec sleep 1000" >out &
	pids+=($!)
	wait_until 20 grep -q yes out
	run -1 grep -q " $linux " /proc/self/mountinfo
	cannot_be_given "its disk ${linux#/dev/} is in use: mounted in a container" "$one"
	kill "${pids[0]}"
	wait_for "${pids[0]}" || :
	pids=()
	wait_until 20 pisces add-pci --dry-run "$one"
}

@test "a disk that Linux swaps to stays" {
	local linux
	linux=$(disk_of "$one")
	mkswap "$linux"
	swapon "$linux"
	cannot_be_given "Linux swaps to its disk ${linux#/dev/}" "$one"
	swapoff "$linux"
	run -0 pisces add-pci "$one"
}

@test "an interface that is up stays, unless it is forced" {
	local card name
	card=$(functions_of $e1000e_id)
	modprobe e1000e || skip 'this kernel has no driver for the interface'
	wait_until 20 [ -e "$sys_pci/$card/net" ]
	name=$(ls "$sys_pci/$card/net")
	pci_state >"$BATS_FILE_TMPDIR/pci"
	ip link set "$name" up
	cannot_be_given "its interface $name is up" "$card"
	ip link set "$name" down
	run -0 pisces add-pci --dry-run "$card"
	ip link set "$name" up
	run -0 pisces add-pci --dry-run --force "$card"
	ip link set "$name" down
	modprobe -r e1000e
	pci_state >"$BATS_FILE_TMPDIR/pci"
}

@test "what somebody else has stays" {
	echo vfio-pci >"$sys_pci/$one/driver_override"
	run -1 --separate-stderr pisces add-pci "$one"
	assert_regex "$stderr" 'somebody chose the driver vfio-pci for it'
	echo >"$sys_pci/$one/driver_override"
	echo "$one" >/sys/bus/pci/drivers/nvme/unbind
	modprobe vfio-pci
	echo vfio-pci >"$sys_pci/$one/driver_override"
	echo "$one" >/sys/bus/pci/drivers_probe
	run -1 --separate-stderr pisces add-pci --force "$one"
	assert_regex "$stderr" 'vfio has it'
	echo >"$sys_pci/$one/driver_override"
	echo "$one" >/sys/bus/pci/drivers/vfio-pci/unbind
	echo "$one" >/sys/bus/pci/drivers_probe
	linux_has_back "$one"
}

@test "one that no driver of Linux had goes back to none" {
	echo "$one" >/sys/bus/pci/drivers/nvme/unbind
	run -0 pisces add-pci "$one"
	there_is_disk
	pisces rm-pci "$one"
	assert_equal "$(driver_of "$one")" ''
	echo "$one" >/sys/bus/pci/drivers_probe
	linux_has_back "$one"
}

@test "one whose driver is not loaded any more goes back to none, and that is said" {
	run -0 pisces add-pci "$one"
	modprobe -r nvme
	run -1 --separate-stderr pisces destroy "$NAME"
	assert_regex "$stderr" "no driver of Linux takes the PCI function $one"
	assert_equal "$(driver_of "$one")" ''
	assert_equal "$(pisces list --json)" '[]'
	modprobe nvme
	linux_has_back "$one" "${pair[@]}"
}

@test "a function has one owner" {
	pisces add-pci "$one"
	run -1 --separate-stderr pisces add-pci "$one"
	assert_regex "$stderr" "$one .*is granted to $NAME already"
	pisces boot --cpu 4 --name other
	run -1 --separate-stderr pisces add-pci -e other "$one"
	assert_regex "$stderr" "$one .*is granted to $NAME already"
	run -1 --separate-stderr pisces rm-pci -e other "$one"
	assert_regex "$stderr" "$one is not one of other's"
	assert_equal "$(status_of '.devices | length')" 1
	pisces rm-pci -e "$NAME" "$one"
	run -1 --separate-stderr pisces rm-pci -e "$NAME" "$one"
	assert_regex "$stderr" "$one is not one of $NAME's"
	run -0 pisces add-pci -e other "$one"
}

@test "what a process has open stays, and it is named" {
	pisces add-pci "$one"
	disk=/dev/nvme0n1
	start_pisces run -- "$sectors" --write --seconds 100000 $disk >out
	pids+=("$pid")
	wait_until 60 grep -q begun out
	run -1 --separate-stderr pisces rm-pci "$one"
	assert_regex "$stderr" "^pisces: .*sectors"
	assert_equal "$(status_of_function "$one" .name)" nvme0n1
	refute has_ended "$pid"
	kill -TERM "$pid"
	wait_for "$pid"
	pids=()
	wait_until 30 pisces rm-pci "$one"
	linux_has_back "$one"
}

@test "only root gives and takes" {
	local command
	for command in add-pci rm-pci; do
		run -1 as 65534 "$PISCES" $command "$one"
		assert_output --regexp '^pisces: '
	done
	pci_is_back
}

@test "neither the module nor a driver of Linux comes in between" {
	pisces add-pci "$one"
	run -1 --separate-stderr pisces unload
	assert_regex "$stderr" '^pisces: '
	run ! rmmod pisces
	run bash -c "echo $one >/sys/bus/pci/drivers/nvme/bind"
	assert_failure
	assert_equal "$(driver_of "$one")" pisces
	there_is_disk
}

# The tool's call number N fails: it undoes what it has done by then.
@test "whatever call fails, nothing is left half done" {
	local calls n
	strace -f --seccomp-bpf -e trace=ioctl -o trace \
		"$PISCES" add-pci "$one" "${ahci[0]}"
	pisces rm-pci "$one" "${ahci[0]}"
	linux_has_back "$one" "${ahci[0]}"
	calls=$(grep -c ' ioctl(' trace)
	assert [ "$calls" -ge 6 ]
	for ((n = 1; n <= calls; n++)); do
		echo "call $n of $calls"
		strace -f --seccomp-bpf -e trace=ioctl \
			-e inject=ioctl:error=ENOMEM:when=$n -o trace \
			"$PISCES" add-pci "$one" "${ahci[0]}" >out 2>err ||
			grep '^pisces: ' err
		# It was done, or was not.
		case $(status_of '.devices | length') in
		0)
			wait_until 30 has_disk "$one"
			wait_until 30 has_disk "${ahci[0]}"
			;;
		2) pisces rm-pci "$one" "${ahci[0]}" ;;
		*) fail "in part: $(cat out err)" ;;
		esac
		run -0 pisces reclaim
		linux_has_back "$one" "${ahci[0]}"
		assert_equal "$(state_of "$NAME")" running
	done
}
