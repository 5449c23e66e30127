#!/usr/bin/env bats
# 080-errors: everything that can go wrong has one clear line, a status, and
# leaves nothing half-done. CPUs that never started and the like are in 081,
# crashes in 151.

load helpers
BATS_TEST_TIMEOUT=400

setup_file() {
	begin_file
	pisces load
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	p=$PROGRAMS/musl
	remember
}

teardown() {
	[ -z "${clutter-}" ] || pkill -P "$clutter" || :
	pisces destroy --all
}

# What an error may not change.
state_now() {
	machine_state
	pisces list --json | sed 's/"uptime_ns": *[0-9]*//'
}

remember() {
	state_now >before
}

# The command fails with STATUS, prints just MESSAGE, and changes nothing.
refused() { # STATUS MESSAGE ARGUMENT...
	local expected=$1 message=$2
	shift 2
	run --separate-stderr pisces "$@"
	assert_equal "$stderr" "pisces: $message"
	assert_output ''
	assert_equal "$status" "$expected"
	state_now | diff before -
}

# The same where the message is a regular expression.
refused_like() { # STATUS REGEX ARGUMENT...
	local expected=$1 regex=$2
	shift 2
	run --separate-stderr pisces "$@"
	assert_regex "$stderr" "^pisces: $regex\$"
	assert_equal "$(wc -l <<<"$stderr")" 1
	assert_output ''
	assert_equal "$status" "$expected"
	state_now | diff before -
}

booted() {
	boot
	remember
}

@test "boot: no such CPU" {
	refused 1 'there is no CPU 99: pisces check lists those that can go' \
		boot --cpu 99
	refused 1 'there is no CPU 2147483647: pisces check lists those that can go' \
		boot --cpu 2147483647
}

@test "boot: CPU 0" {
	refused 1 'CPU 0 stays with Linux, which needs it: choose another' \
		boot --cpu 0
}

@test "boot: a CPU that is granted already" {
	booted
	refused 1 "CPU $CPU is granted to $NAME already: pisces rm-cpu or pisces destroy gives it back" \
		boot --cpu "$CPU" --name other
}

@test "boot: a list of CPUs that is none" {
	for list in x '' 1- -1 3,x 4294967296; do
		refused 2 "'$list' is not a list of CPUs: write it like 3 or 2-3,5" \
			boot --cpu "$list"
	done
	refused 2 "'+x' is not a number of CPUs: write it like +2" \
		boot --cpu +x
}

@test "boot: a size that is no number" {
	for size in lots 1T 12X -1M 1.5G ''; do
		refused 2 "'$size' is not a size: write a number with K, M or G, such as 128M" \
			boot --mem "$size"
	done
}

@test "boot: a size of zero" {
	for size in 0 0M 0G; do
		refused 2 'the size is zero: write a number with K, M or G, such as 128M' \
			boot --mem "$size"
	done
}

@test "boot: a size larger than memory" {
	refused_like 1 '100 GiB is more memory than Linux could give away: it has [0-9]+ blocks of 128 MiB that might go' \
		boot --mem 100G
	refused 2 "size '99999999999999G' is too large" \
		boot --mem 99999999999999G
}

@test "boot: a size larger than what is free" {
	local blocks
	blocks=$(find $sys_memory -maxdepth 1 -name 'memory[0-9]*' | wc -l)
	refused_like 1 '[0-9]+ [GM]iB is more memory than Linux (has free|could give away).*' \
		boot --mem $((blocks * 128))M
}

@test "boot: a name that is taken" {
	booted
	refused 1 "there is an enclave named '$NAME' already: choose another --name" \
		boot --cpu $((CPU - 1)) --name "$NAME"
}

@test "boot: a name that is none" {
	local name
	for name in '' . -x a/b 'a b' "$(printf '%032d' 0)" $'a\nb'; do
		refused_like 2 "'.*' is not an enclave's name: it .*" \
			boot "--name=$name"
	done
}

@test "boot: no such node" {
	refused 1 'there is no node 7: /sys/devices/system/node has them' boot --node 7
	refused 2 "boot: --node: 'x' is not a number from 0 to 1023" \
		boot --node x
}

@test "boot: a command line that is too long" {
	refused 2 'boot: the command line has more than 2047 characters' \
		boot --cmdline "$(printf '%02048d' 0)"
}

@test "boot: while another one boots" {
	[ "$CPU" -gt 1 ] || unfit "there is no third CPU"
	# Stays for a while after the first write, which takes the CPU offline,
	# and there for as long as its tracer is stopped.
	strace -o trace -e inject=write:delay_exit=8000000:when=1 \
		"$PISCES" boot --cpu "$CPU" --name "$NAME" >out 2>&1 3>&- &
	local booting=$!
	wait_until 30 is_new
	kill -STOP $booting
	remember
	refused_like 1 "$NAME is being booted by process [0-9]+: try again when it is done" \
		boot --cpu $((CPU - 1)) --name other
	refused_like 1 "$NAME is being booted by process [0-9]+: interrupt that" \
		destroy "$NAME"
	run -0 pisces reclaim
	assert_output ''
	kill -CONT $booting
	wait $booting
	assert_equal "$(state_of "$NAME")" running
	pisces run "$p/hello"
}

is_new() {
	[ "$(state_of "$NAME")" = new ] &&
		[ "$(cat "$sys_cpu/cpu$CPU/online")" = 0 ]
}

@test "boot: Ctrl-C undoes it" {
	env --default-signal=INT strace -o trace \
		-e inject=write:delay_exit=6000000:when=1 \
		"$PISCES" boot --cpu "$CPU" --name "$NAME" >out 2>err 3>&- &
	local booting=$! boot
	wait_until 30 is_new
	boot=$(pgrep -P $booting)
	kill -INT "$boot"
	wait_for $booting
	assert_equal "$status" 130
	assert_equal "$(cat err)" 'pisces: interrupted by Interrupt; all was undone'
	assert_equal "$(cat out)" ''
	state_now | diff before -
	cpu_works "$CPU"
}

@test "boot: Ctrl-C or SIGTERM at any instant undoes it" {
	local i ms signals=(INT TERM)
	RANDOM=1
	for i in {1..16}; do
		ms=$((RANDOM % 1000))
		status=0
		timeout --preserve-status -s ${signals[i % 2]} \
			"$(printf '0.%03d' $ms)" "$PISCES" boot --cpu "$CPU" \
			--name "$NAME" >out 2>err || status=$?
		case $status in
		0) pisces destroy ;;
		130 | 143) ;;
		*) fail "status $status after $ms ms: $(cat err)" ;;
		esac
		state_now | diff before -
	done
}

@test "destroy, status, log, console, run: no such enclave" {
	local command message
	message='no enclave is running: start one with pisces boot'
	for command in destroy status log console; do
		refused 1 "$message" $command
	done
	refused 125 "$message" run "$p/hello"
	booted
	message="no enclave is named 'nobody'; there is $NAME"
	for command in destroy status log console; do
		refused 1 "$message" $command nobody
	done
	refused 125 "$message" run -e nobody "$p/hello"
}

@test "with several enclaves a name is needed" {
	[ "$CPU" -gt 1 ] || unfit "there is no third CPU"
	local command message
	boot
	pisces boot --cpu $((CPU - 1)) --name other
	remember
	message="there are several enclaves: name one; there are $NAME, other"
	for command in destroy status log console; do
		refused 1 "$message" $command
	done
	refused 125 "$message" run "$p/hello"
}

@test "not root" {
	local command
	for command in boot destroy reclaim load unload; do
		run -1 --separate-stderr as 1000 "$PISCES" $command
		assert_equal "$stderr" \
			"pisces: $command: must be run as root (try sudo)"
		assert_output ''
	done
	booted
	run -125 --separate-stderr as 1000 "$PISCES" run "$p/hello"
	assert_regex "$stderr" "^pisces: you may not use $NAME: ask root to "
	for command in log status; do
		run -1 --separate-stderr as 1000 "$PISCES" $command
		assert_regex "$stderr" \
			"^pisces: you may not use $NAME: ask root to "
	done
	run -0 as 1000 "$PISCES" list --json
	assert_output '[]'
	run -1 as 1000 "$PISCES" check
	assert_line --regexp 'does not run as root'
	state_now | diff before -
}

@test "a module for another kernel release" {
	local some module
	pisces unload
	# Any module, made to say that it is for another kernel.
	some=$(modinfo -n loop)
	module=$PWD/other.ko
	case $some in
	*.xz) xz -dc "$some" >"$module" ;;
	*) cp "$some" "$module" ;;
	esac
	# The release alone does not count where symbols have versions. The
	# signature would be found wrong first.
	sed -i 's/\(vermagic=\)[0-9]\(.*\) SMP /\19\2 UMP /
		s/~Module signature appended~/~Nothing appended to this~ /' "$module"
	refused_like 1 'the module is not for this kernel \(.*\): build one with make KERNELS=.*' \
		load --module "$module"
	refused 1 "cannot open the module $PWD/none.ko: No such file or directory" \
		load --module "$PWD/none.ko"
	[ ! -e /sys/module/pisces ]
	# This personality's uname(2) tells of another release.
	run -1 --separate-stderr setarch x86_64 --uname-2.6 "$PISCES" boot
	assert_regex "$stderr" '^pisces: no module for this kernel \(2\.6\..*\): this pisces carries those for .*; build one with make KERNELS=2\.6\.'
	run -1 setarch x86_64 --uname-2.6 "$PISCES" check
	assert_line --regexp '^FAIL .*no module for Linux 2\.6'
	[ ! -e /sys/module/pisces ]
	pisces load
}

@test "run: no such program" {
	booted
	refused 127 './none: no such program' run ./none
	refused 127 'none-such: not found in PATH' run none-such
	refused 127 '/none/such: no such program' run /none/such
}

@test "run: not executable" {
	booted
	cp "$p/hello" hello
	chmod 644 hello
	refused 126 './hello: not executable (chmod +x?)' run ./hello
	mkdir folder
	refused 126 './folder: is a folder, not a program' run ./folder
}

@test "run: not an ELF" {
	booted
	echo 'just text' >text
	: >empty
	head -c 10 "$p/hello" >short
	chmod 755 text empty short
	refused 126 './text: not an ELF executable' run ./text
	refused 126 './empty: not an ELF executable' run ./empty
	refused 126 './short: not an ELF executable' run ./short
}

@test "run: a script without its interpreter" {
	booted
	printf '#!/nowhere/sh\n' >script
	chmod 755 script
	refused 126 "$PWD/script: its interpreter '/nowhere/sh' is not there" \
		run ./script
}

# A copy of hello with other bytes at OFFSET.
patched() { # NAME OFFSET BYTES
	cp "$p/hello" "$1"
	# shellcheck disable=SC2059 # the bytes are a format
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "run: wrong architecture" {
	booted
	patched arm 18 '\xb7'
	patched small 4 '\x01'
	patched big-endian 5 '\x02'
	for program in arm small big-endian; do
		refused 126 "./$program: built for another architecture: an enclave runs x86-64" \
			run ./$program
	done
}

@test "run: a damaged or unsuitable ELF file" {
	booted
	patched object 16 '\x01'
	refused 126 './object: an ELF file, but not an executable' run ./object
	head -c 64 "$p/hello" >header
	chmod 755 header
	refused 126 './header: a damaged ELF file' run ./header
	# Only the co-kernel sees these: an entry and segments out of bounds.
	patched entry 24 '\x00\x00\x00\x00\x00\x80\xff\xff'
	run pisces run ./entry
	assert_failure
	assert_equal "$(state_of "$NAME")" running
	patched segment 80 '\x00\x00\x00\x00\x00\x80\xff\xff'
	run pisces run ./segment
	assert_failure
	pisces run "$p/hello"
}

@test "run: larger than the enclave's memory" {
	booted
	refused_like 126 ".*/huge: larger than the free memory of $NAME: it needs [0-9]+ [GM]iB of [0-9]+ MiB; pisces add-mem gives it more" \
		run "$p/huge"
	truncate -s 300M large
	refused_like 126 ".*/hello: larger than the free memory of $NAME: it needs [0-9]+ MiB of [0-9]+ MiB; pisces add-mem gives it more" \
		run --with large "$p/hello"
	pisces run "$p/hello"
}

@test "run: arguments that take too much" {
	booted
	refused 125 'run: no PROGRAM is named: see pisces run --help' run
	refused 125 'run: --collect needs somebody who waits for the end, so it does not go with --detach' \
		run --detach --collect x "$p/hello"
}

@test "run: the enclave is destroyed under a running program" {
	boot
	start_pisces run "$p/spin" 1000 >out 2>err
	wait_until 30 grep -q spinning out
	pisces destroy
	wait_for $pid
	assert_equal "$status" 125
	assert_regex "$(cat err)" "^pisces: $NAME .*the program is lost$"
}

@test "an output that cannot be written is an error" {
	run -1 --separate-stderr bash -c '"$PISCES" list >/dev/full'
	assert_equal "$stderr" 'pisces: cannot write to standard output'
	booted
	run --separate-stderr bash -c '"$PISCES" run "$1" >/dev/full' - \
		"$p/hello"
	assert_failure
	assert_regex "$stderr" '^pisces: cannot write standard output: No space'
}

# The last of all, for Linux never gets all blocks free again.
@test "boot: no block can be taken, and those that were tried are named" {
	find / -xdev -type f -exec "$PROGRAMS/tools/clutter" {} + \
		>cluttered 3>&- &
	clutter=$!
	wait_until 100 test -s cluttered
	LIMIT=150
	refused_like 1 'no memory block can be taken: tried memory[0-9,-]+ in vain \(.*\)' \
		boot --cpu "$CPU"
	pkill -P $clutter
	wait $clutter || :
	clutter=
	cpu_works "$CPU"
	wait_until 120 boot_where_cluttered
	pisces destroy
}

# What Linux keeps so as to be faster has gone everywhere: files it might need
# again, and empty pages of its object caches.
boot_where_cluttered() {
	local cache
	echo 3 >/proc/sys/vm/drop_caches
	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache" || :
	done
	boot
}
