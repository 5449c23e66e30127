#!/usr/bin/env bats
# 090-kill: whatever instant a pisces is killed at, `pisces reclaim` or the next
# command sets everything right.

load helpers
BATS_TEST_TIMEOUT=900
SEED=${SEED:-1}
TIMES=${TIMES:-50}

setup_file() {
	begin_file
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	echo "SEED=$SEED TIMES=$TIMES"
	RANDOM=$SEED
	p=$PROGRAMS/musl
}

teardown() {
	pisces destroy --all
}

now_ms() {
	local now=${EPOCHREALTIME/./}
	echo $((now / 1000))
}

# Runs a command and kills it at a random instant of so many milliseconds.
# Returns when it is dead: the kernel may have to finish something first.
kill_within() { # MILLISECONDS COMMAND...
	local ms=$((RANDOM % $1 + 1)) pid
	shift
	echo "after $ms ms: $*"
	"$@" <&0 >>output 2>&1 3>&- &
	pid=$!
	sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
	kill -KILL $pid || :
	wait $pid || :
}

all_is_back() {
	assert_equal "$(pisces list --json)" '[]'
	machine_state | diff before -
}

@test "kill -9 of boot at a random instant" {
	local begin took i
	machine_state >before
	begin=$(now_ms)
	boot
	took=$(($(now_ms) - begin))
	pisces destroy
	for ((i = 0; i < TIMES; i++)); do
		kill_within $((took * 5 / 4)) "$PISCES" boot --cpu "$CPU" \
			--name "$NAME"
		# Half of the time there is no reclaim before the next boot.
		if [ $((i % 2)) = 0 ]; then
			pisces reclaim
			[ "$(state_of "$NAME")" != running ] || pisces destroy
			all_is_back
		elif [ "$(state_of "$NAME")" != running ]; then
			boot
			same "$p/hello"
			pisces destroy
			all_is_back
		fi
	done
	pisces destroy --all
	all_is_back
	cpu_works "$CPU"
}

@test "kill -9 of run at a random instant" {
	local begin took i free
	boot
	"$p/noise" 2000000 >noise
	pisces run --with noise "$p/copy" <noise >there
	begin=$(now_ms)
	pisces run --with noise "$p/copy" <noise >there
	took=$(($(now_ms) - begin))
	wait_until 20 no_sessions
	free=$(status_of .memory_free)
	for ((i = 0; i < TIMES; i++)); do
		kill_within $((took * 5 / 4)) "$PISCES" run --with noise \
			"$p/copy" <noise
		# The next one works at once.
		same "$p/hello"
	done
	wait_until 30 no_sessions
	wait_until 10 memory_is_back "$free"
	assert_equal "$(status_of .tasks)" 1
	assert_equal "$(state_of "$NAME")" running
}

no_sessions() {
	# A session that was opened and never mapped goes with the next request.
	pisces run "$p/exitwith" 0
	[ "$(status_of .sessions)" = 0 ]
}

@test "kill -9 of destroy at a random instant" {
	local begin took i
	machine_state >before
	boot
	begin=$(now_ms)
	pisces destroy
	took=$(($(now_ms) - begin))
	for ((i = 0; i < TIMES / 2; i++)); do
		boot
		kill_within $((took * 5 / 4)) "$PISCES" destroy
		if [ $((i % 2)) = 0 ]; then
			pisces reclaim
		fi
		# What still runs was not begun to be destroyed.
		pisces destroy --all
		all_is_back
	done
	cpu_works "$CPU"
}

@test "kill -9 of reclaim itself" {
	local i
	machine_state >before
	for ((i = 0; i < TIMES / 5; i++)); do
		kill_within 500 "$PISCES" boot --cpu "$CPU" --name "$NAME"
		kill_within 200 "$PISCES" reclaim
		pisces reclaim
		pisces destroy --all
		all_is_back
	done
}

@test "reclaim leaves a running enclave and a detached program alone" {
	boot
	pisces run --detach "$p/sigs" busy
	run -0 pisces reclaim
	assert_output ''
	assert_equal "$(state_of "$NAME")" running
	assert_equal "$(status_of .tasks)" 2
}

@test "kill -9 of boot at a system call that changes something" {
	local calls i step
	machine_state >before
	strace -f --seccomp-bpf -e trace=ioctl,write -o trace "$PISCES" boot \
		--cpu "$CPU" --name "$NAME"
	pisces destroy
	calls=$(grep -c '(' trace)
	step=$((calls / 15 + 1))
	for ((i = 1; i <= calls; i += step)); do
		echo "at call $i of $calls"
		strace -f --seccomp-bpf -o trace -e trace=ioctl,write \
			-e inject=ioctl,write:signal=KILL:when=$i \
			"$PISCES" boot --cpu "$CPU" --name "$NAME" \
			>>output 2>&1 || :
		pisces reclaim
		[ "$(state_of "$NAME")" != running ] || pisces destroy
		all_is_back
	done
}
