#!/usr/bin/env bats
# 000-source: what can be seen of the source and of ./pisces without running
# it: headers, the direction of includes, linking, white space, shell scripts.
# machine: host
# kernel: any

load helpers

setup() {
	cd "$root" || return
	git ls-files >/dev/null 2>&1 || skip "this is no working tree"
}

# The tree's files, also those that are not committed yet.
sources() { # PATTERN...
	git ls-files --cached --others --exclude-standard -- "$@" |
		while read -r file; do
			[ ! -f "$file" ] || echo "$file"
		done
}

# Compiles each header as if it were a source.
stands_alone() { # PATTERN WORD...
	local header failures=0
	local pattern=$1
	shift
	for header in $(sources "$pattern"); do
		gcc -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -Iinclude \
			"$@" -x c -include "$header" /dev/null ||
			failures=$((failures + 1))
	done
	[ $failures = 0 ]
}

# No file of PATTERN includes what matches REGEX.
never_includes() { # REGEX PATTERN...
	local regex=$1 files
	shift
	mapfile -t files < <(sources "$@")
	run grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]+$regex" \
		"${files[@]}"
	assert_failure 1
}

@test "each header of include/pisces compiles alone" {
	stands_alone 'include/pisces/*.h'
}

@test "each header of the tool compiles alone" {
	stands_alone 'lib/*.h' -I.
	stands_alone 'cmd/*.h' -I.
	stands_alone 'blob/*.h' -I.
}

@test "each header of the co-kernel compiles alone" {
	stands_alone 'cokernel/*.h' -ffreestanding -fno-pic -mcmodel=kernel \
		-Icokernel -Icokernel/lib/std
}

@test "include/pisces includes nothing but itself and system headers" {
	never_includes '("|<)(lib|cmd|blob|kmod|cpu|mm|task|fs|sys/[^i]|host)' \
		'include/pisces/*'
	never_includes '"' 'include/pisces/*'
}

@test "the library does not include commands, the module or the co-kernel" {
	never_includes '["<](cmd|kmod|cokernel)/' 'lib/*'
	never_includes '"(\.\./|[^/]*")' 'lib/*' 'cmd/*' 'pisces.c'
}

@test "the module includes neither the tool nor the co-kernel" {
	never_includes '["<](cmd|lib|blob|cokernel)/' 'kmod/*'
	never_includes '"\.\./' 'kmod/*'
}

@test "the co-kernel includes neither the tool nor the module" {
	never_includes '["<](cmd|blob|kmod)/' 'cokernel/*'
	never_includes '"\.\./' 'cokernel/*'
}

# A panic and the dispatch of traps see everything, by their nature; host.h and
# log.h are the ground that all stands on.
@test "inside the co-kernel lower layers do not include higher ones" {
	never_includes '[<"](cpu|mm|task|fs|ipc|host|sys|pci|block|vmm)/' \
		'cokernel/lib/*' \
		':!cokernel/lib/panic.c'
	never_includes '[<"]((task|fs|ipc|sys|pci|block|vmm)/|host/[^hl])' \
		'cokernel/cpu/*' \
		':!cokernel/cpu/trap.c'
	never_includes '[<"]((task|ipc|sys|pci|block|vmm)/|fs/[^f]|host/[^hl])' \
		'cokernel/mm/*'
	never_includes '[<"]((pci|block|vmm)/|sys/[^s])' 'cokernel/task/*' \
		'cokernel/fs/*' 'cokernel/ipc/*'
	never_includes '[<"](pci|block|vmm)/' 'cokernel/host/*' 'cokernel/sys/*'
	never_includes '[<"](block|vmm)/' 'cokernel/pci/*'
}

@test "pisces is one static executable without a dynamic section" {
	run file -b pisces
	assert_output --partial 'statically linked'
	run readelf -d -l pisces
	assert_output --partial 'There is no dynamic section'
	refute_output --partial INTERP
}

@test "no layout has a second copy" {
	local files names name
	mapfile -t files < <(sources '*.c' '*.h')
	mapfile -t names < <(grep -hoE '^struct pisces_[a-z_]+ \{' \
		include/pisces/*.h)
	for name in "${names[@]}"; do
		run grep -l "^$name" "${files[@]}"
		assert_equal "${#lines[@]}" 1
	done
}

@test "no white space at the end of a line, and every file ends with one" {
	local file
	run git grep --untracked -nI '[[:space:]]$' -- ':!LICENSE'
	assert_failure 1
	for file in $(sources ':!LICENSE'); do
		[ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] ||
			fail "$file does not end with a newline"
	done
}

@test "the table of system calls is up to date" {
	tests/conformance/table | diff docs/system-calls.md -
}

@test "sources say their license" {
	local file
	for file in $(sources '*.c' '*.h' '*.S' '*.cc' '*.f90'); do
		head -n 1 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' ||
			echo "$file"
	done >"$BATS_TEST_TMPDIR/without"
	run cat "$BATS_TEST_TMPDIR/without"
	assert_output ''
}

@test "shell scripts are clean" {
	local file
	for file in $(sources ':!*.bats'); do
		head -c 30 "$file" | head -n 1 |
			grep -aqE '^#!.*[/ ](sh|bash|bats)$' && echo "$file"
	done >"$BATS_TEST_TMPDIR/scripts"
	[ -s "$BATS_TEST_TMPDIR/scripts" ]
	xargs shellcheck -x -P SCRIPTDIR <"$BATS_TEST_TMPDIR/scripts"
}

@test "test files are clean" {
	local files
	mapfile -t files < <(sources '*.bats')
	# What bats and helpers.bash set or use is unknown to shellcheck; no
	# number or name of a device here has a space in it.
	shellcheck -e SC2016,SC2030,SC2031,SC2034,SC2086,SC2094,SC2153,SC2154 \
		"${files[@]}"
}
