#!/usr/bin/env bats
# 035-run-options: what `pisces run` can be told about where and how its program
# runs: its working folder, environment, CPUs, time and root.

load helpers

setup_file() {
	begin_file
	pisces boot --cpu 1-3 --mem 256M --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	p=$PROGRAMS/musl
	busybox=$(type -P busybox)
}

# The command fails with STATUS, prints just MESSAGE and leaves nothing.
refused() { # STATUS MESSAGE ARGUMENT...
	local expected=$1 message=$2
	shift 2
	run --separate-stderr pisces run "$@"
	assert_equal "$stderr" "pisces: $message"
	assert_output ''
	assert_equal "$status" "$expected"
	wait_until 10 sessions_are 0
}

sessions_are() {
	[ "$(status_of .sessions)" = "$1" ]
}

@test "--cwd: a folder that is made, one that was shipped, and a relative one" {
	run -0 pisces run --cwd /not/here "$busybox" sh -c \
		'pwd; ls; touch made; ls'
	assert_output $'/not/here\nmade'
	mkdir -m 750 folder
	echo text >folder/file
	run -0 pisces run --cwd /srv --with folder:/srv "$busybox" sh -c \
		'pwd; cat file; stat -c %a .'
	assert_output $'/srv\ntext\n750'
	run -0 pisces run --cwd folder/../other "$p/whereami"
	assert_line "folder $PWD/other"
}

@test "--cwd: where --with and --collect are relative they begin there" {
	seq 10 >in
	pisces run --with in:deep/in --collect out:back --cwd /work \
		--collect deep/too "$busybox" sh -c \
		'sort -rn deep/in >out; cp out deep/too'
	assert_equal "$(cat back)" "$(seq 10 | sort -rn)"
	cmp back deep/too
	# What is found here is found from here, the program too.
	cp "$p/args" here
	run -0 pisces run --cwd /work --with in "$busybox" cat "$PWD/in"
	assert_output "$(seq 10)"
	run -0 pisces run --cwd /work ./here x
	assert_output "$(./here x)"
}

@test "--cwd: a library in a relative folder is found from there" {
	mkdir libraries
	cp "$PROGRAMS/dynamic/own/libown.so" libraries
	LD_LIBRARY_PATH=libraries run -0 pisces run --cwd /work \
		"$PROGRAMS/dynamic/lost"
	assert_output --partial 'was loaded'
}

@test "--cwd: what is no folder" {
	refused 125 'run: --cwd needs the name of a folder' --cwd '' "$p/hello"
	refused 125 "$p/hello: cannot be made, for it is a folder already" \
		--cwd "$p/hello/x" "$p/hello"
	echo text >file
	refused 125 "/a/b/c: cannot be made, for /a/b is no folder" \
		--cwd /a/b/c --with file:/a/b "$p/hello"
}

# The variables that the program gets from A=1 B=2 here.
variables() { # OPTION...
	env -i A=1 B=2 "$PISCES" run "$@" "$p/envdump"
}

@test "--env and --clear-env" {
	run -0 variables --env B=3 --env C='two words' --env D=
	assert_output $'<A=1>\n<B=3>\n<C=two words>\n<D=>'
	run -0 variables --env A --clear-env --env C=3 --env NONE
	assert_output $'<A=1>\n<C=3>'
	run -0 variables --clear-env
	assert_output ''
	run -0 variables --env A=2 --env A=3 --env B=4 --env B --env C=5 --env C
	assert_output $'<A=3>\n<B=2>'
	refused 125 "'=x' is not NAME=VALUE or NAME" --env =x "$p/hello"
	refused 125 "'' is not NAME=VALUE or NAME" --env '' "$p/hello"
}

@test "--env: PATH and LD_LIBRARY_PATH count as the program has them" {
	run -0 pisces run --env PATH="/nowhere:$p" args x
	assert_line '<x>'
	refused 127 'args: not found in PATH' --env PATH=/nowhere args
	run -0 pisces run --env LD_LIBRARY_PATH="$PROGRAMS/dynamic/own" \
		"$PROGRAMS/dynamic/lost"
	assert_output --partial 'was loaded'
}

# A root with a shell, a dynamically linked program and a bit of everything.
make_root() { # FOLDER
	local file
	mkdir -p "$1"/{etc,lib64,usr/bin,work,tmp,dev,proc,sys}
	ln -s usr/bin "$1/bin"
	cp "$busybox" "$1/bin/busybox"
	for file in sh cat ls env stat find sort; do
		ln -s busybox "$1/bin/$file"
	done
	cp "$PROGRAMS/dynamic/hello" "$1/bin/dynamic"
	cp -L /lib64/ld-linux-x86-64.so.2 "$1/lib64"
	/lib64/ld-linux-x86-64.so.2 --list "$PROGRAMS/dynamic/hello" |
		sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | while read -r file; do
			mkdir -p "$1${file%/*}"
			cp -L "$file" "$1$file"
		done
	echo inside >"$1/etc/where"
	ln "$1/etc/where" "$1/etc/again"
	ln -s where "$1/etc/link"
	mkfifo -m 640 "$1/etc/pipe"
	printf '#!/bin/sh\ncat /etc/where\n' >"$1/bin/script"
	chmod 755 "$1/bin/script"
	chmod 1777 "$1/tmp"
	chown 12:34 "$1/etc/where"
	mknod "$1/dev/null" c 1 3
	find "$1" -exec touch -h -d '2020-02-02 02:02:02' {} +
}

# What a program sees of the root, and what find says of it here.
looks() { # FOLDER [COMMAND...]
	local folder=$1
	shift
	"$@" find "$folder" \( -path "${folder%/}/dev" -o \
		-path "${folder%/}/proc" -o -path "${folder%/}/sys" -o \
		-type p \) -prune -o -exec stat -c '%n %f %u:%g %h %s %Y' {} + |
		sed "s#^$folder##; s#^/##; / 4[0-9a-f]\{3\} /s/ [0-9]* [0-9]* \([0-9]*\)\$/ \1/" |
		sort
}

@test "--root: a folder" {
	make_root root
	run -0 pisces run --root root script
	assert_output inside
	run -0 pisces run --root root dynamic
	assert_output "$("$PROGRAMS/dynamic/hello")"
	run -0 pisces run --root root /bin/sh -c 'pwd; ls /; ls /dev'
	assert_line --index 0 /
	assert_line work
	assert_line urandom
	refute_output --partial "${PWD%/*}"
	looks root "$busybox" >here
	looks / pisces run --root root >there
	diff here there
}

@test "--root: archives, compressed or not" {
	local kind
	make_root root
	(cd root && find . | cpio -o -H newc) >root.cpio
	tar -C root -cf root.tar .
	gzip -k root.cpio root.tar
	looks root "$busybox" >here
	for kind in cpio tar cpio.gz tar.gz; do
		looks / pisces run --root root.$kind >there
		diff here there
		run -0 pisces run --root root.$kind dynamic
		assert_output "$("$PROGRAMS/dynamic/hello")"
	done
}

@test "--root: --with adds to it, --cwd is in it, --collect takes from it" {
	make_root root
	echo given >given
	seq 3 >numbers
	run -0 pisces run --root root --with given:/etc/where script
	assert_output given
	assert_equal "$(cat root/etc/where)" inside
	run -0 pisces run --root root --cwd work --with numbers:deep/in \
		--collect out ../bin/sh -c 'pwd; sort -r deep/in >out'
	assert_output /work
	assert_equal "$(cat out)" $'3\n2\n1'
	run -0 pisces run --root root --cwd /not/there --with "$p/args:own" \
		./own x
	assert_line '<x>'
	refused 125 '/etc/where: cannot be made, for /etc/where is no folder' \
		--root root --cwd /etc/where sh
}

@test "--root: PATH is that of the program, and is searched in it" {
	make_root root
	run -0 pisces run --root root --env PATH=/nowhere:/bin env
	assert_line 'PATH=/nowhere:/bin'
	refused 127 'script: not found in PATH; it is looked for in the root' \
		--root root --env PATH=/usr/sbin script
	run -0 pisces run --root root --clear-env script
	assert_output inside
}

@test "--root: what cannot be run there" {
	make_root root
	refused 127 '/bin/none: no such program; it is looked for in the root' \
		--root root /bin/none
	refused 126 '/etc/where: not executable (chmod +x?); it is looked for in the root' \
		--root root /etc/where
	rm root/bin/sh root/lib64/*
	refused 126 '/bin/script: its interpreter /bin/sh is not in the root' \
		--root root /bin/script
	refused 126 'dynamic: its loader /lib64/ld-linux-x86-64.so.2 is not in the root' \
		--root root dynamic
}

@test "--root: device nodes are left out, with one warning" {
	make_root root
	mknod root/dev/mem c 1 1
	mknod root/etc/disk b 7 7
	run -0 --separate-stderr pisces run --root root script
	assert_output inside
	assert_equal "$stderr" 'pisces: warning: root: left out 2 device nodes, which no enclave has'
}

@test "--root: what is no root, and damaged archives start nothing" {
	make_root root
	refused 125 'none: No such file or directory' --root none sh
	echo text >text
	refused 125 'text: no archive of cpio or tar' --root text sh
	tar -C root -czf root.tar.gz .
	head -c 100000 root.tar.gz >damaged
	run -125 --separate-stderr pisces run --root damaged sh
	assert_regex "$stderr" '^pisces: damaged: cannot be unpacked: .*unexpected end'
	assert_output ''
	tar -C root -cf - . | head -c 300000 >damaged
	refused 125 'damaged: damaged at byte 300000: it is cut off' --root damaged sh
	run -125 env PATH=/nowhere "$PISCES" run --root root.tar.gz sh
	assert_output 'pisces: root.tar.gz: is compressed, and gzip, which could unpack it, is not in PATH'
	truncate -s 400M root/large
	run -126 --separate-stderr pisces run --root root sh
	assert_regex "$stderr" "^pisces: sh: larger than the free memory of $NAME: "
	tar -C root -czf root.tar.gz large
	run -125 --separate-stderr pisces run --root root.tar.gz sh
	assert_regex "$stderr" '^pisces: root.tar.gz: what is in it takes more than the .* that are free$'
	wait_until 10 sessions_are 0
}

@test "--root: another user's program owns all of it" {
	local node=/dev/pisces-$NAME
	make_root root
	chmod -R a+rX root .
	chown 1000 "$node"
	run -0 as 1000 "$PISCES" run -e "$NAME" --root root sh -c \
		'stat -c %u:%g / /etc/where /bin/sh; echo changed >/etc/where'
	assert_output $'1000:1000\n1000:1000\n1000:1000'
	chown 0 "$node"
}

# On CPUs 1, 2 and 3 of Linux, which are 0, 1 and 2 of the enclave.
runs_on() { # OPTION-VALUE CPU...
	local given=$1
	shift
	run -0 pisces run --cpus "$given" "$p/affinity"
	assert_output "CPUs $*
program: $# CPUs, the same, strayed 0 times
thread: $# CPUs, the same, strayed 0 times
child: $# CPUs, the same, strayed 0 times
all: 3 CPUs"
}

@test "--cpus: a list is obeyed and inherited, and can be widened" {
	runs_on 2 1
	runs_on 3,1 0 2
	runs_on 1-3 0 1 2
	runs_on +1 2
	runs_on +2 1 2
}

@test "--cpus: what the enclave has not is refused" {
	refused 125 "CPU 0 is not one of $NAME's: it has 1-3" --cpus 0 "$p/hello"
	refused 125 "CPUs 0,4-5 are not $NAME's: it has 1-3" --cpus 0-5 "$p/hello"
	refused 125 "4 CPUs are more than $NAME has, which is 1-3" --cpus +4 \
		"$p/hello"
	refused 125 "'x' is not a list of CPUs: write it like 3 or 2-3,5" \
		--cpus x "$p/hello"
	refused 125 "'+0' is not a number of CPUs: write it like +2" \
		--cpus +0 "$p/hello"
}

@test "--cpus: one where another computes is shared, and +1 goes elsewhere" {
	start_pisces run --cpus 3 "$p/spin" 1000 >out
	wait_until 30 grep -q spinning out
	runs_on 3 2
	runs_on +1 1
	runs_on +2 0 1
	refute has_ended $pid
	kill -TERM $pid
	wait_for $pid
	assert_equal "$status" 143
}

# Both programs get on: neither keeps the other from running.
@test "--cpus: two that compute on one CPU take turns" {
	start_pisces run --cpus 2 "$p/spin" 3 >one
	first=$pid
	start_pisces run --cpus 2 "$p/spin" 3 >two
	wait_for $first
	assert_equal "$status" 0
	wait_for $pid
	assert_equal "$status" 0
	grep -q 'always the same' one
	grep -q 'always the same' two
}

@test "--cpus: a program bound to a CPU keeps it in the enclave" {
	start_pisces run --cpus 3 "$p/spin" 1000 >out
	wait_until 30 grep -q spinning out
	run -1 --separate-stderr pisces rm-cpu 3
	assert_regex "$stderr" '^pisces: CPU 3 is in use: process .*spin'
	kill -TERM $pid
	wait_for $pid
}

@test "--timeout ends a program with SIGTERM and the status is 124" {
	local begin=$SECONDS
	run -124 pisces run --timeout 1 "$p/spin" 1000
	assert [ $((SECONDS - begin)) -lt 30 ]
	wait_until 10 sessions_are 0
	# However it ends, and with what it has printed and made.
	run -124 pisces run --timeout 1.5s "$p/sigs" term
	assert_output $'ready\nterminated'
	run -124 pisces run --timeout 0.02m --collect made "$busybox" sh -c \
		'echo half >made; trap "echo done >>made; exit 0" TERM
		while :; do :; done'
	assert_equal "$(cat made)" $'half\ndone'
}

@test "--timeout: a program that ends before is not touched" {
	run -0 pisces run --timeout 1h "$p/hello"
	run -7 pisces run --timeout 60 "$p/exitwith" 7
	run -0 pisces run --timeout 0 "$p/spin" 2
	run -137 pisces run --timeout 60 "$p/killme" 9
}

@test "--kill-after: what does not end is killed, its children too" {
	local begin=$SECONDS
	run -124 pisces run --timeout 1 --kill-after 1 "$busybox" sh -c \
		'trap "" TERM; (while :; do :; done) & echo going; while :; do :; done'
	assert_output going
	assert [ $((SECONDS - begin)) -lt 30 ]
	wait_until 10 no_tasks
	# With 0 it is never killed.
	start_pisces run --timeout 0.2 --kill-after 0 "$busybox" sh -c \
		'trap "echo asked" TERM; while :; do :; done' >out
	wait_until 30 grep -q asked out
	sleep 2
	refute has_ended $pid
	kill -KILL $pid
	wait_for $pid
}

no_tasks() {
	[ "$(status_of .tasks)" = 1 ]
}

@test "--timeout: a program that is stopped, and a pisces that is stopped" {
	run -124 pisces run --timeout 1 --kill-after 0 "$busybox" sh -c \
		'kill -STOP $$; echo went on'
	start_pisces run --timeout 6 "$p/spin" 1000 >out
	wait_until 30 grep -q spinning out
	kill -STOP $pid
	sleep 7
	assert_equal "$(status_of .sessions)" 1
	kill -CONT $pid
	wait_for $pid
	assert_equal "$status" 124
}

@test "--timeout: what makes no sense is refused" {
	local why='write a number of seconds, or one with ns, us, ms, s, m, h or d, such as 90 or 1.5m'
	refused 125 "'soon' is not a time: $why" --timeout soon "$p/hello"
	refused 125 "'-1' is not a time: $why" --timeout -1 "$p/hello"
	refused 125 "'5w' is not a time: $why" --timeout 1 --kill-after 5w \
		"$p/hello"
	refused 125 "time '999999999999' is too long" --timeout 999999999999 \
		"$p/hello"
	refused 125 'run: --kill-after needs a --timeout' --kill-after 5 \
		"$p/hello"
	refused 125 'run: --timeout needs somebody who waits for the end, so it does not go with --detach' \
		--detach --timeout 5 "$p/hello"
}

# Ships the file `large`, and is stopped for longer than nothing is said.
ship_slowly() {
	local tool n
	"$PISCES" run --with large "$p/hello" &
	tool=$!
	# What it has read is more than the program.
	until read -r _ n <"/proc/$tool/io" && [ "$n" -ge 20000000 ]; do
		kill -0 $tool || return
	done
	kill -STOP $tool
	sleep 1.5
	kill -CONT $tool
	wait $tool
}

@test "how far shipping is stands on a terminal if it takes long" {
	"$p/noise" 220000000 >large
	export -f ship_slowly
	export p PISCES
	SHELL=$BASH run -0 script -qec ship_slowly /dev/null
	assert_output --partial "$("$p/hello")"
	assert_output --regexp $'\r[0-9]+ of 2(09|10) MiB'
	assert_output --partial $'\r\033[K'
	# Nobody sees it elsewhere, or if it is short.
	run -0 --separate-stderr pisces run --with large "$p/hello"
	assert_equal "$stderr" ''
	run script -qec "\"$PISCES\" run $p/hello" /dev/null
	refute_output --partial MiB
}

kept() {
	status_of .memory_kept
}

@test "--keep: files stay, take memory once, and cannot be changed" {
	local free
	"$p/noise" 20000000 >large
	echo small >small
	sum=$(sha256sum <large)
	run -0 pisces run --keep --with large --with small "$busybox" \
		sha256sum large
	assert_output "${sum%-}large"
	wait_until 10 sessions_are 0
	assert [ "$(kept)" -gt 20000000 ]
	free=$(status_of .memory_free)
	# A program that uses it takes no memory for it.
	start_pisces run --keep --with large --with small "$busybox" sh -c \
		'sha256sum large; echo more >>large; echo new >small; cat small
		rm large; echo other >large; cat large; sleep 1000' >out 2>&1
	wait_until 30 grep -q other out
	assert [ "$(status_of .memory_free)" -gt $((free - 10000000)) ]
	assert_equal "$(cat out)" "${sum%-}large
sh: can't create large: Operation not permitted
new
other"
	kill -KILL $pid
	wait_for $pid
	run -0 pisces run --keep --with large "$busybox" sha256sum large
	assert_output "${sum%-}large"
	# Without --keep it is a copy of its own.
	run -0 pisces run --with large "$busybox" sh -c \
		'echo more >>large; sha256sum large'
	assert_output "$(cat large <(echo more) | sha256sum | sed s/-/large/)"
}

@test "--keep: what has changed here is not taken for what is kept" {
	"$p/noise" 100000 1 >large
	touch -d '2020-02-02 02:02:02' large
	options=(--keep --with large)
	same "$busybox" md5sum large
	# Contents alone, time and size are the same; then the mode alone.
	"$p/noise" 100000 2 >large
	touch -d '2020-02-02 02:02:02' large
	same "$busybox" md5sum large
	chmod 750 large
	same "$busybox" stat -c '%a %s %Y %u' large
	chown 12 large
	same "$busybox" stat -c '%a %s %Y %u' large
	options=()
}

@test "--drop-kept: all files are let go of, used ones when they are not" {
	"$p/noise" 5000000 >large
	pisces run --keep --with large "$p/hello"
	start_pisces run --keep --with large "$busybox" sh -c \
		'echo runs; read -r x; md5sum large' <<<'' >out
	wait_for $pid
	run -0 pisces run --drop-kept
	assert_output --regexp "^$NAME: [0-9]+ files of .* dropped\$"
	assert_equal "$(kept)" 0
	run -0 pisces run -e "$NAME" --drop-kept
	assert_output "$NAME: 0 files of 0 bytes dropped"
	run -0 pisces run --keep --with large "$busybox" md5sum large
	assert_output "$(md5sum large)"
	refused 125 "run: --drop-kept runs nothing, so '$p/hello' is too much" \
		--drop-kept "$p/hello"
}

@test "--keep: kept files make way for programs and for rm-mem" {
	local i
	for i in 1 2 3; do
		"$p/noise" 40000000 $i >large.$i
		pisces run --keep --with large.$i "$p/hello"
	done
	assert [ "$(kept)" -gt 120000000 ]
	# A larger file than what is free, then a program that takes all.
	"$p/noise" 150000000 >huge
	run -0 pisces run --with huge "$busybox" md5sum huge
	assert_output "$(md5sum huge)"
	pisces run --keep --with large.1 --with large.2 "$p/hello"
	pisces run "$busybox" dd if=/dev/zero of=/dev/null bs=235M count=1
	assert_equal "$(kept)" 0
	pisces run --keep --with large.1 --with large.2 --with large.3 "$p/hello"
	wait_until 10 sessions_are 0
	pisces rm-mem 128M
	pisces add-mem 128M
	run -0 pisces run --keep --with large.2 "$busybox" md5sum large.2
	assert_output "$(md5sum large.2)"
	pisces run --drop-kept
}

@test "--keep: what one user keeps is not another's" {
	local node=/dev/pisces-$NAME
	"$p/noise" 100000 >large
	chmod 644 large
	chmod a+rx .
	chown 1000 "$node"
	pisces run --keep --with large "$p/hello"
	before=$(kept)
	run -0 as 1000 "$PISCES" run -e "$NAME" --keep --with large "$busybox" \
		stat -c %u:%g large
	assert_output 1000:1000
	assert [ "$(kept)" -gt "$before" ]
	run -0 as 1000 "$PISCES" run -e "$NAME" --drop-kept
	assert_output --regexp '^[^ ]* [1-9] files'
	assert_equal "$(kept)" "$before"
	chown 0 "$node"
	pisces run --drop-kept
}

@test "--lazy: memory that is never touched need not be there" {
	# 1 GiB of zeroes.
	run -126 pisces run "$p/huge"
	options=(--lazy)
	same "$p/huge"
	# Its children's neither.
	options+=(--with "$p/huge:/huge" --with "$busybox:/bin/busybox")
	run -0 pisces run "${options[@]}" "$busybox" sh -c '/huge; exec /huge'
	assert_output $'0\n0'
	# What is there can be used to the last page but a few.
	run -0 pisces run --lazy "$p/fill"
	assert_output --regexp '^[12][0-9][0-9] MiB, 0 wrong$'
	# Who touches more than there is ends.
	run -135 pisces run --lazy "$p/masses" memory
}
