#!/usr/bin/env bats
# 210-fuzz: whatever is said to the module, to a co-kernel or by one: each
# refusal is an error, and Linux gets everything back.
# machine: --file build/pisces-edu:/usr/bin/pisces --cpus 6 --mem 3G --append slub_debug=FZPU

load helpers
load pci
load fuzz

setup_file() {
	begin_file
	pisces load
}

teardown_file() {
	end_file
}

setup() {
	begin_fuzz
}

teardown() {
	end_fuzz
}

@test "whatever is said to the module's nodes" {
	say_anything
}

@test "a co-kernel that writes anything into what it shares with Linux" {
	scribble_anything
}
