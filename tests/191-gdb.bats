#!/usr/bin/env bats
# 191-gdb: stock gdb opens a dump with the co-kernel's symbols.
# machine: host
# kernel: any

load helpers
BATS_TEST_TIMEOUT=600

# A dump made in an emulated machine after COMMANDS, into ./core.
dump_after() { # COMMANDS
	"$BATS_TEST_DIRNAME/vm/run" --cpus 4 --mem 2G \
		--file "$PROGRAMS/musl/spin:/spin" -- sh -ec "exec 3>&1 >&2
		pisces boot --cpu 2-3 --mem 128M
		$1
		pisces dump /core
		gzip -1c /core >&3" >core.gz 2>vm.log || {
		cat vm.log
		return 1
	}
	gzip -dc core.gz >core
	rm core.gz
}

in_gdb() { # COMMAND...
	local arguments=() command
	for command; do
		arguments+=(-ex "$command")
	done
	gdb -nx -batch "${arguments[@]}" \
		"$BATS_TEST_DIRNAME/../build/cokernel/cokernel.elf" core 2>&1
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "a panic's backtrace and the kernel's data can be read" {
	dump_after 'pisces debug panic; sleep 1'
	run -0 in_gdb 'thread apply all backtrace' 'print cpu_limit' \
		'print host_state->phase' 'print cpus[1]->online'
	assert_output --partial 'panic (format='
	assert_output --partial 'host_debug'
	assert_output --regexp 'idle_[a-z]+ \(\)'
	assert_line --regexp '= 2$'
	assert_line --regexp '= 5$'
	assert_line --regexp '= true$'
	refute_output --partial 'Cannot access memory'
}

@test "a hang's backtrace shows where" {
	dump_after 'pisces debug hang; sleep 1'
	run -0 in_gdb 'thread apply all backtrace'
	assert_output --partial 'host_debug'
	refute_output --partial 'Cannot access memory'
}

@test "a healthy enclave is dumped while it runs" {
	dump_after 'pisces run --detach /spin 60; sleep 1'
	run -0 in_gdb 'info threads' 'print cpus[0]->host_cpu'
	assert_line --regexp '^[* ] +2 '
	assert_line --regexp '= 2$'
}
