#!/usr/bin/env bats
# 060-files: files are shipped with --with and brought back with --collect.

load helpers

setup_file() {
	begin_file
	boot
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	boot_if_gone
	busybox=$(type -P busybox)
}

@test "a file is where it is here" {
	mkdir folder
	seq 100 >folder/file
	options=(--with folder/file)
	same "$busybox" cat folder/file
	same "$busybox" cat "$PWD/folder/file"
}

@test "a file may be put elsewhere" {
	seq 100 >file
	run -0 pisces run --with file:/etc/deep/er/name "$busybox" cat \
		/etc/deep/er/name
	assert_output "$(seq 100)"
	run -0 pisces run --with file:name "$busybox" cat "$PWD/name"
	assert_output "$(seq 100)"
}

@test "a colon in a file's name is part of it" {
	echo text >a:b
	options=(--with a:b)
	same "$busybox" cat a:b
}

@test "several files, an empty one, and one of 20 MB" {
	: >empty
	"$PROGRAMS/musl/noise" 20000000 >large
	seq 10 >small
	options=(--with empty --with large --with small)
	same "$busybox" sha256sum empty large small
}

# The control task reads so many pieces before others have their turn, and the
# last one may be the last of a turn.
@test "any number of files" {
	local count last
	: >empty
	echo x >one
	for last in empty one; do
		options=(--with "$last:last")
		for ((count = 0; count < 40; count++)); do
			run -0 pisces run "${options[@]}" "$PROGRAMS/musl/hello"
			options+=(--with "empty:$count")
		done
	done
}

@test "names of any bytes and length" {
	local name
	name=$(printf '%0200d' 7)
	echo one >"$name"
	echo two >$'new\nline and \xc3\xa9'
	options=(--with "$name" --with $'new\nline and \xc3\xa9')
	same "$busybox" cat "$name" $'new\nline and \xc3\xa9'
}

@test "modes are kept" {
	echo text >file
	chmod 640 file
	options=(--with file)
	same "$busybox" stat -c '%a %s %F' file
	chmod 755 file
	same "$busybox" stat -c '%a %s %F' file
}

@test "only what was shipped is there" {
	echo text >file
	run -1 pisces run "$busybox" cat "$PWD/file"
	assert_output --partial 'No such file'
}

@test "one program does not see another's files" {
	echo text >file
	pisces run --with file "$busybox" cat file
	run -1 pisces run "$busybox" cat file
}

@test "a result is collected under its name" {
	seq 1000 >input
	pisces run --with input --collect output "$busybox" sort -n -r \
		-o output input
	assert_equal "$(cat output)" "$(seq 1000 | sort -n -r)"
	pisces run --with input --collect "$PWD/second" "$busybox" sort -n -r \
		-o "$PWD/second" input
	cmp output second
}

@test "a result is collected to another place" {
	mkdir there
	seq 100 >input
	pisces run --with input --collect out:there/back "$busybox" cp input out
	cmp input there/back
}

@test "a folder of results is collected" {
	seq 100 >one
	seq 200 >two
	pisces run --with one:results/one --with two:results/in/two \
		--collect results "$busybox" true
	cmp one results/one
	cmp two results/in/two
}

@test "20 MB of results come back whole" {
	pisces run --collect noise "$busybox" dd if=/dev/zero of=noise bs=1M \
		count=20
	assert_equal "$(stat -c %s noise)" 20971520
	"$PROGRAMS/musl/noise" 20000000 >large
	pisces run --with large --collect copy "$busybox" cp large copy
	cmp large copy
}

@test "results come back also when the program fails" {
	seq 10 >input
	run -3 pisces run --with input:kept --collect kept \
		"$PROGRAMS/musl/exitwith" 3
	cmp input kept
	rm kept
	run -139 pisces run --with input:kept --collect kept \
		"$PROGRAMS/musl/killme" null
	cmp input kept
}

@test "a result that is not there is an error" {
	run -125 --separate-stderr pisces run --collect nothing \
		"$PROGRAMS/musl/hello"
	assert_equal "$stderr" \
		"pisces: $PWD/nothing: the program left no such file to collect"
	run -4 --separate-stderr pisces run --collect nothing \
		"$PROGRAMS/musl/exitwith" 4
	assert_regex "$stderr" 'left no such file'
}

@test "links in a folder of results come back" {
	pisces run --collect results "$busybox" sh -c \
		'mkdir results && echo text >results/file &&
		ln -s file results/link'
	assert_equal "$(readlink results/link)" file
	assert_equal "$(cat results/link)" text
}

@test "a result that cannot be brought back is an error, and the rest comes" {
	run -125 --separate-stderr pisces run --collect strange "$busybox" \
		sh -c 'mkdir strange && mkfifo strange/fifo &&
		echo text >strange/rest'
	assert_equal "$stderr" \
		"pisces: cannot bring $PWD/strange/fifo back: it is a pipe"
	assert_equal "$(cat strange/rest)" text
	run -125 --separate-stderr pisces run --collect huge "$busybox" \
		truncate -s 4G huge
	assert_equal "$stderr" \
		"pisces: cannot bring $PWD/huge back: it has 4 GiB or more, or cannot be read"
}

@test "a result that cannot be written here is an error" {
	echo text >file
	run -125 --separate-stderr pisces run --collect name:file/inside \
		--with file:name "$PROGRAMS/musl/hello"
	assert_equal "$stderr" \
		"pisces: cannot write the result $PWD/name to file/inside: Not a directory"
	assert_equal "$(cat file)" text
}

@test "a file to ship that is not there is an error" {
	run -125 --separate-stderr pisces run --with nothing \
		"$PROGRAMS/musl/hello"
	assert_regex "$stderr" '^pisces: .*nothing.*: No such file or directory'
	assert_output ''
}
