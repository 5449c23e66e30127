# contained.bash: what the families 245 share. A program of an enclave makes a
# device, QEMU's edu, do DMA to and from where it likes. Loaded after pci.bash.
# shellcheck shell=bash disable=SC2154,SC2034,SC2094 # bats' and the tests'
p=$PROGRAMS/musl
other=other

contained_setup() {
	cd "$BATS_TEST_TMPDIR" || return
	want_functions edu
	want_iommu
	pids=()
	boot --cpu 5 --mem 256M
	pisces boot --cpu 4 --mem 128M --name $other
	run -0 pisces add-pci -e "$NAME" "${edu[0]}"
	run -0 pisces run -e "$NAME" "$p/edu"
}

contained_teardown() {
	[ ${#pids[@]} = 0 ] || kill -KILL "${pids[@]}" || :
	pisces destroy --all
}

# A page with the contents of SEED that is watched, in an enclave or in Linux.
# Sets $address; what becomes of it is in the file SEED.
watch_page() { # SEED [ENCLAVE]
	if [ $# = 1 ]; then
		"$p/watched" "$1" >"$1" 3>&- &
		pid=$!
	else
		start_pisces run -e "$2" "$p/watched" "$1" >"$1"
	fi
	pids+=("$pid")
	wait_until 60 [ -s "$1" ]
	address=$(head -n 1 "$1")
	[ $# = 1 ] || address=$("$PROGRAMS/tools/pages" "$2" "$1")
	assert_regex "$address" '^0x[1-9a-f][0-9a-f]*000$'
}

edu() { # load|store ADDRESS
	pisces run -e "$NAME" "$p/edu" "$@"
}

# The page of SEED has got the contents of another.
has_become() { # SEED OTHER
	wait_until 20 grep -qx "now $2" "$1"
}

# Nobody has written to the page of SEED since it is watched.
is_untouched() { # SEED
	sleep 0.5
	assert_equal "$(wc -l <"$1")" 1
}

# Linux was told that the device asked for ADDRESS. A fault is told once for
# many, after a while.
is_reported() { # ADDRESS
	wait_until 10 has_fault "$(printf %x "$1")"
}

has_fault() { # HEXADECIMAL
	dmesg | tac | sed '/pisces-tests: .* begins/q' |
		grep -qiE "(DMAR|AMD-Vi): .*(fault addr|address=)[ 0x]*$1"
}

# What is not to be reached is not, and the device works all the same.
only_own_memory_is_reached() {
	local source target linux strange
	watch_page 1 "$NAME"
	source=$address
	watch_page 2 "$NAME"
	target=$address
	watch_page 3
	linux=$address
	watch_page 4 $other
	strange=$address
	edu load "$source"
	edu store "$target"
	has_become 2 1
	edu store "$linux"
	edu store "$strange"
	is_untouched 3
	is_untouched 4
	# Nor can it be read.
	edu load "$linux"
	edu store "$target"
	edu load "$strange"
	edu store "$target"
	sleep 0.5
	run ! grep -qE '^now [34]$' 2
	edu load "$source"
	watch_page 5 "$NAME"
	edu store "$address"
	has_become 5 1
	all_live "$linux" "$strange"
}

all_live() {
	"$p/hello" >hello
	pisces run -e "$NAME" "$p/hello" | diff hello -
	pisces run -e $other "$p/hello" | diff hello -
	no_kernel_complaints
}
