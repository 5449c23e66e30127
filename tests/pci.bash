# pci.bash: what the .bats files share that give PCI functions to an enclave.
# Loaded after helpers.bash; the machines are those of tests/vm/run with --disk.
# shellcheck shell=bash disable=SC2154,SC2034
load disk-of
sys_pci=/sys/bus/pci/devices
sectors=$PROGRAMS/musl/sectors

# Vendor and device of what QEMU has.
nvme_id=0x1b36:0x0010
ahci_id=0x8086:0x2922
edu_id=0x1234:0x11e8
e1000e_id=0x8086:0x10d3

# The functions of a kind, by address, but for the chipset's own.
functions_of() { # VENDOR:DEVICE
	local path
	for path in "$sys_pci"/*; do
		[[ $path != */0000:00:1f.* ]] || continue
		[ "$(cat "$path/vendor"):$(cat "$path/device")" != "$1" ] ||
			echo "${path##*/}"
	done
}

# Sets $nvme, $ahci and $edu, the functions that the machine has of each.
find_functions() {
	mapfile -t nvme < <(functions_of $nvme_id)
	mapfile -t ahci < <(functions_of $ahci_id)
	mapfile -t edu < <(functions_of $edu_id)
}

driver_of() { # FUNCTION
	local path
	path=$(readlink "$sys_pci/$1/driver") || :
	echo "${path##*/}"
}

has_disk() { # FUNCTION
	[ -b "$(disk_of "$1")" ]
}

# Has QEMU's monitor, on a machine with --monitor, do something, and shows what it
# says, to its answer to another command, which there is none of.
monitor() { # COMMAND
	local one port='' line=''
	for one in /sys/class/virtio-ports/*/name; do
		[ "$(cat "$one")" != monitor ] || port=${one%/name}
	done
	[ -n "$port" ] || fail 'this machine has no monitor'
	exec 7<>"/dev/${port##*/}"
	printf '%s\nend\n' "$1" >&7
	until [[ $line = *"unknown command: 'end'"* ]]; do
		IFS= read -r -t 60 line <&7 || fail "the monitor does not answer $1"
		echo "$line"
	done
	exec 7>&-
}

# What Linux has of the PCI functions, which is as before when no enclave has
# any: drivers, and whether somebody chose them.
pci_state() {
	local path override
	for path in "$sys_pci"/*; do
		read -r override <"$path/driver_override"
		echo "${path##*/} $(driver_of "${path##*/}") $override"
	done
}

pci_is_back() {
	pci_state | diff "$BATS_FILE_TMPDIR/pci" - >pci.diff
}

# For setup_file and teardown_file, in place of begin_file and end_file.
begin_pci_file() {
	local module function
	for module in nvme ahci sd_mod; do
		modprobe $module || echo "this kernel has no $module"
	done
	for function in $(functions_of $nvme_id) $(functions_of $ahci_id); do
		[ -z "$(driver_of "$function")" ] ||
			wait_until 30 has_disk "$function" ||
			unfit "there is no disk at $function"
	done
	begin_file
	pisces load
	pci_state >"$BATS_FILE_TMPDIR/pci"
}

end_pci_file() {
	pisces destroy --all
	pisces reclaim
	pci_state | diff "$BATS_FILE_TMPDIR/pci" -
	end_file
}

# The machine has what the test is about, and Linux has drivers for it: Debian's
# kernels for clouds have none for AHCI.
want_functions() { # KIND...
	local kind
	find_functions
	for kind; do
		local -n functions=$kind
		[ ${#functions[@]} -gt 0 ] || unfit "there is no $kind function"
		[ "$kind" = edu ] || [ -e "/sys/bus/pci/drivers/$kind" ] ||
			skip "this kernel has no driver for $kind"
	done
}

want_iommu() {
	[ -n "$(ls /sys/class/iommu)" ] && return
	# Debian's kernels for clouds have no driver for AMD's.
	[[ $(uname -r) != *cloud* ]] || skip "this kernel does not use the IOMMU"
	unfit "there is no IOMMU, or Linux does not use it"
}

# Gives a function, or several, to the enclave NAME; $disk is the first's there.
give() { # [OPTION...] FUNCTION...
	run -0 pisces add-pci -e "$NAME" "$@"
	echo "$output"
	disk=$(sed -n 's,.* added: \(/dev/[a-z0-9]*\).*,\1,p' <<<"$output" |
		head -n 1)
}

# Linux's driver has it again, and its disk is there.
linux_has_back() { # FUNCTION...
	local function
	for function; do
		wait_until 30 has_disk "$function"
		assert_equal "$(cat "$sys_pci/$function/driver_override")" \
			'(null)'
	done
	pci_is_back || {
		cat pci.diff
		return 1
	}
}

# What status says of a function, by jq.
status_of_function() { # FUNCTION FILTER [NAME]
	status_of ".devices[] | select(.address == \"$1\") | $2" "${3:-$NAME}"
}

# The program sectors on the enclave's disk, and on Linux's.
there() { # OPTION...
	pisces run -e "$NAME" -- "$sectors" "$@" "$disk"
}

here() { # FUNCTION OPTION...
	timeout "$LIMIT" "$sectors" "${@:2}" "$(disk_of "$1")"
}

# How its interrupts come, and what was counted fits that: a device that is polled
# has none, and an error would be one too many.
interrupts_are() { # poll|direct|forward FUNCTION
	local counts
	assert_equal "$(status_of_function "$2" .interrupts)" "$1"
	counts=$(status_of_function "$2" '"\(.count > 0) \(.forwarded > 0) \(
		.polls > 0) \(.requests > 0) \(.bytes > 0) \(.errors)"')
	case $1 in
	poll) assert_equal "$counts" 'false false true true true 0' ;;
	direct) assert_regex "$counts" '^true false (true|false) true true 0$' ;;
	forward) assert_regex "$counts" '^true true (true|false) true true 0$' ;;
	esac
}

# Nothing that a device did was held back.
no_dma_faults() {
	run ! grep -E 'DMAR:.*fault|AMD-Vi: Event logged' \
		<(dmesg | tac | sed '/pisces-tests: .* begins/q')
}

# Requests of all sizes, in order and not, several at once.
all_sizes() {
	there --write --verify --seed 1 --block 512 --threads 2 \
		--range 4194304:262144
	there --write --verify --seed 2 --block 4096 --threads 4 --random \
		--range 0:2097152
	there --write --verify --seed 3 --block 65536 --threads 8 --random
	there --write --verify --seed 4 --block 65536 --threads 2 --vectors 16 \
		--shift 512
	there --write --verify --seed 5 --block 1048576 --threads 3 --sync \
		--shift 2048
	there --write --verify --seed 6 --block 777 --threads 3 --buffered \
		--range 1000001:300000 --fsync
}

# What is written here is read there and the other way round, whole, with rm-pci
# and with destroy in between.
serves_linux_and_enclave() { # FUNCTION [OPTION...]
	local function=$1
	give "${@:2}" "$function"
	there --write --seed 10 --threads 4 --fsync
	run -0 pisces rm-pci -e "$NAME" "$function"
	linux_has_back "$function"
	here "$function" --verify --seed 10 --threads 2
	here "$function" --write --seed 11 --threads 2 --fsync
	give "${@:2}" "$function"
	there --verify --seed 11 --threads 4
	there --write --seed 12 --threads 4 --fsync
	pisces destroy "$NAME"
	linux_has_back "$function"
	here "$function" --verify --seed 12
	here "$function" --write --verify --seed 13 --random
}

# The same program says the same of the same disk on Linux and in the enclave.
says_the_same() { # FUNCTION [OPTION...]
	local libc
	for libc in musl glibc; do
		"$PROGRAMS/$libc/diskcalls" "$(disk_of "$1")" >here.$libc
		assert [ "$(wc -l <here.$libc)" -gt 80 ]
	done
	give "${@:2}" "$1"
	for libc in musl glibc; do
		pisces run -e "$NAME" "$PROGRAMS/$libc/diskcalls" "$disk" \
			>there.$libc
		diff here.$libc there.$libc
	done
	pisces rm-pci -e "$NAME" "$1"
	linux_has_back "$1"
}

# The little-endian number of so many bytes, as xxd -r takes it.
little() { # NUMBER BYTES
	local i
	for ((i = 0; i < $2; i++)); do
		printf '%02x' $(($1 >> (8 * i) & 255))
	done
}

# A table of the old kind (MBR): partitions of so many sectors.
write_mbr() { # DISK START:SECTORS...
	local disk=$1 part
	shift
	for part; do
		printf '0000000083000000'
		little "${part%:*}" 4
		little "${part#*:}" 4
	done | xxd -r -p >mbr.parts
	dd if=/dev/zero of="$disk" bs=512 count=1 conv=notrunc
	dd if=mbr.parts of="$disk" bs=1 seek=446 conv=notrunc
	printf '\x55\xaa' | dd of="$disk" bs=1 seek=510 conv=notrunc
	sync "$disk"
}

# gzip ends with the CRC-32 of what it packed, and its length.
crc32() { # FILE
	gzip -c "$1" | tail -c 8 | head -c 4 | xxd -p
}

# A GPT (UEFI 2.10, 5.3) with one partition, and no copy at the end.
write_gpt() { # DISK START SECTORS
	local sectors
	sectors=$(blockdev --getsz "$1")
	{
		printf 'af3dc60f838472478e793d69d8477de4'
		printf '00112233445566778899aabbccddeeff'
		little "$2" 8
		little $(($2 + $3 - 1)) 8
	} | xxd -r -p >gpt.parts
	truncate -s 16384 gpt.parts
	gpt_header "$sectors" 00000000 | xxd -r -p >gpt.header
	gpt_header "$sectors" "$(crc32 gpt.header)" | xxd -r -p >gpt.header.new
	write_mbr "$1" "1:$((sectors - 1))"
	printf '\xee' | dd of="$1" bs=1 seek=450 conv=notrunc
	dd if=gpt.header.new of="$1" bs=512 seek=1 conv=notrunc
	dd if=gpt.parts of="$1" bs=512 seek=2 conv=notrunc
	sync "$1"
}

gpt_header() { # SECTORS CRC
	printf '4546492050415254000001005c000000%s00000000' "$2"
	little 1 8
	little $(($1 - 1)) 8
	little 34 8
	little $(($1 - 34)) 8
	printf 'ffeeddccbbaa99887766554433221100'
	little 2 8
	little 128 4
	little 128 4
	crc32 gpt.parts
}

# A kind of disk, given with OPTIONs, works in every respect, with its interrupts
# as they should be.
works() { # poll|direct|forward FUNCTION [OPTION...]
	give "${@:3}" "$2"
	all_sizes
	interrupts_are "$1" "$2"
	pisces rm-pci -e "$NAME" "$2"
	linux_has_back "$2"
	serves_linux_and_enclave "$2" "${@:3}"
	no_dma_faults
}

# How interrupts come where nobody has asked for anything: straight, unless an
# IOMMU checks where they go.
default_mode() {
	if dmesg | grep -qE 'DMAR-IR: Enabled IRQ remapping|AMD-Vi: Interrupt remapping enabled'; then
		echo poll
	else
		echo direct
	fi
}
