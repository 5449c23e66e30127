#!/usr/bin/env bats
# 046-dynamic: dynamically linked programs and scripts do the same in the
# enclave as on Linux; the tool finds and ships what they need.

load helpers

setup_file() {
	begin_file
	pisces boot --cpu 2-3 --mem 256M --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	p=$PROGRAMS/dynamic
}

# As helpers' refused, but for a pisces run that ends with STATUS.
run_fails() { # STATUS MESSAGE ARGUMENT...
	local status_=$1 message=$2
	shift 2
	run -"$status_" pisces run "$@"
	assert_output "pisces: $message"
}

script() { # NAME; its text on stdin
	cat >"$1"
	chmod 755 "$1"
}

@test "C with glibc, C++, Fortran" {
	for program in hello memory files sigs forks locks c++ fortran; do
		same "$p/$program"
	done
}

@test "C with musl" {
	same "$p/musl-hello"
	same "$p/musl-locks"
}

@test "a library beside the program, by RUNPATH with \$ORIGIN" {
	same "$p/linked"
	grep -q "^from $p/own/libown.so" there.out
	mkdir own
	cp "$p/linked" linked
	cp "$p/own/libown.so" own
	same ./linked
	grep -q "^from $PWD/own/libown.so" there.out
}

@test "a library that LD_LIBRARY_PATH leads to, or nothing" {
	LD_LIBRARY_PATH=/nowhere:$p/own same "$p/lost"
	grep -q "^the library's own, was loaded" there.out
	cp "$p/own/libown.so" .
	LD_LIBRARY_PATH='' run_fails 126 "$p/lost: needs libown.so, which is in none of the folders where libraries are: set LD_LIBRARY_PATH?" \
		"$p/lost"
	# An empty part is the working folder, to the loader as well.
	LD_LIBRARY_PATH=/nowhere: same "$p/lost"
}

@test "LD_PRELOAD" {
	local shell
	shell=$(command -v dash)
	# shellcheck disable=SC2016 # for that shell
	LD_PRELOAD=$p/own/libown.so same "$shell" -c 'echo "own $OWN"'
	assert_equal "$(cat there.out)" 'own was loaded'
}

@test "Debian's programs: coreutils, awk, sed, grep, jq" {
	seq 1 5000 | sed 's/$/ line/' >lines
	options=(--with lines)
	same "$(command -v sort)" -rn lines
	same "$(command -v sha256sum)" lines
	same "$(command -v wc)" lines
	same "$(command -v grep)" -c 7 lines
	same "$(command -v sed)" -n '10,20s/line/LINE/p' lines
	same "$(command -v gawk)" '{ n += $1 } END { print n, $2 }' lines
	input=lines same "$(command -v jq)" -R 'length'
}

@test "a script of bash: pipes, subshells, background jobs, here documents" {
	script work <<-'END'
		#!/bin/bash
		set -u
		echo "$# arguments: $*; $0"
		square() { echo $(($1 * $1)); }
		for i in {1..5}; do square "$i"; done | while read -r n; do
			echo -n "$n "
		done
		echo
		(cd /; exit 3) || echo "subshell: $?"
		for i in 3 1 2; do (sleep "0.$i"; exit "$i") & pids[i]=$!; done
		for i in 1 2 3; do wait "${pids[i]}"; echo "job: $?"; done
		mapfile -t lines <<-TEXT
			one
			two
		TEXT
		echo "${#lines[@]} ${lines[1]}"
		trap 'echo "trapped"' USR1
		kill -USR1 $$
		echo "${lines[0]}" >made && echo >>made && wc -l <made
		exit 42
	END
	options=(--with "$(command -v sleep)" --with "$(command -v wc)")
	same ./work one 'two three'
	assert_equal "$here_status" 42
	rm made
}

@test "a script by /usr/bin/env, and by a script" {
	script inner <<-'END'
		#!/usr/bin/env bash
		echo "inner of $1"
	END
	same ./inner x
	script outer <<-END
		#!$PWD/inner an argument
		nothing
	END
	options=(--with "$PWD/inner")
	same ./outer
}

@test "a program found by a link knows it" {
	ln -s "$(command -v bash)" called
	# shellcheck disable=SC2016 # for that shell
	same ./called -c 'echo "$0 $BASH"; [ -L "$0" ] && echo "a link"'
}

@test "--with ships whole folders" {
	mkdir -p tree/a/b tree/empty
	echo text >tree/a/b/file
	chmod 640 tree/a/b/file
	ln -s ../a/b tree/a/link
	ln -s nowhere tree/dangling
	mkfifo tree/fifo
	run -0 pisces run --with tree --with tree:/other "$(command -v find)" \
		tree /other -printf '%y %m %p %l\n'
	assert_equal "$(sort <<<"$output")" "$(
		find tree -not -name fifo -printf '%y %m %p %l\n' |
			sed 'p; s#tree#/other#' | sort)"
}
