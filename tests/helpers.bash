# helpers.bash: what the .bats files share. They run as root on any machine
# that has pisces, two CPUs or more, and no enclave:
#
#	bats tests/020-lifecycle.bats
#
# and take from the environment
#	PISCES    the program (default: ../pisces, or the one in PATH)
#	PROGRAMS  folder of the test programs (default: ../build/programs)
#	CPU       the CPU to give away (default: the highest one online)
#	EMULATED  set by tests/check: what does not fit is then an error
# shellcheck shell=bash disable=SC2154,SC2034,SC2119,SC2120
bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

root=${BATS_TEST_DIRNAME%/*}
if [ -z "${PISCES-}" ]; then
	PISCES=$root/pisces
	[ -x "$PISCES" ] || PISCES=$(command -v pisces) || PISCES=pisces
fi
PROGRAMS=${PROGRAMS:-$root/build/programs}
sys_cpu=/sys/devices/system/cpu
sys_memory=/sys/devices/system/memory
NAME='test'
# Seconds that a single pisces may take, and a test. Emulated machines are slow.
LIMIT=60
BATS_TEST_TIMEOUT=150

highest_cpu() {
	local list
	list=$(cat $sys_cpu/online)
	echo "${list##*[,-]}"
}
CPU=${CPU:-$(highest_cpu)}
export CPU PISCES PROGRAMS

pisces() { # ARGUMENT...
	timeout -k 10 "$LIMIT" "$PISCES" "$@"
}

# As another user, who is in no group of note.
as() { # UID COMMAND...
	local uid=$1
	shift
	timeout -k 10 "$LIMIT" setpriv --reuid="$uid" --regid="$uid" \
		--clear-groups "$@"
}

# pisces in the background, with Ctrl-C as a shell's foreground program has
# it. Sets $pid. Descriptor 8 is for the tests' ends of pipes.
start_pisces() { # ARGUMENT...
	env --default-signal=INT,QUIT "$PISCES" "$@" <&0 3>&- 8>&- &
	pid=$!
}

has_ended() { # PID
	! grep -qs '^State:[^Z]*$' "/proc/$1/status"
}

# Sets $status to that of a program started in the background.
wait_for() { # PID
	status=0
	wait_until 120 has_ended "$1" || return
	wait "$1" || status=$?
}

wait_until() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		if [ $SECONDS -ge $end ]; then
			echo "waited in vain for: $*"
			return 1
		fi
		sleep 0.05
	done
}

# What is not as the test needs it: skips, but fails where check chose the
# machine.
unfit() { # REASON
	[ -z "${EMULATED-}" ] || fail "this machine does not fit: $1"
	skip "$1"
}

boot() { # OPTION...
	pisces boot --cpu "$CPU" --mem 128M --name "$NAME" "$@"
}

# Boots for a file's tests; after a test that broke the enclave, once more.
boot_if_gone() {
	[ "$(state_of "$NAME")" = running ] || {
		pisces destroy --all
		boot
	}
}

# A value of `pisces status --json`, by jq.
status_of() { # FILTER [NAME]
	pisces status --json "${2:-$NAME}" | jq -r "$1"
}

state_of() { # NAME
	pisces list --json |
		jq -r --arg name "$1" '.[] | select(.name == $name).state'
}

node_of() { # CPU
	local path
	for path in "$sys_cpu/cpu$1"/node*; do
		echo "${path##*node}"
	done
}

# The CPUs that the enclave has, as Linux counts them.
cpus_of() {
	status_of '[.cpus[] | select(.online) | .cpu] | sort | join(" ")'
}

# The lines of the program threads, with the nodes that Linux has for the CPUs.
expected_threads() { # CPU...
	local cpu count=$#
	for cpu; do
		node_of "$cpu"
	done | sort | uniq -c
	echo "$count threads, sum right"
}

# The program threads, in the enclave that has these CPUs, says what it should.
threads_see() { # CPU...
	run -0 pisces run "$PROGRAMS/glibc/threads" 20
	refute_line --regexp 'strayed [^0]'
	assert_equal "$(sed -n 's/^cpu.* node \([0-9]*\) .*/\1/p' <<<"$output" |
		sort | uniq -c
		tail -n 1 <<<"$output")" "$(expected_threads "$@")"
}

# In kB.
mem_total() {
	local name value rest
	while read -r name value rest; do
		[ "$name" != MemTotal: ] || echo "$value"
	done </proc/meminfo
}

# For wait_until: the enclave has as much free memory as before, but for what
# its allocators keep.
memory_is_back() { # BYTES
	[ "$(status_of .memory_free)" -ge $(($1 - 65536)) ]
}

# All that must be as before when no enclave is left: CPUs, memory, each block.
# Programs are slow to start in an emulated machine, so this starts none.
machine_state() {
	local file state
	read -r state <$sys_cpu/online
	echo "$state"
	mem_total
	for file in "$sys_memory"/memory*/state; do
		read -r state <"$file"
		echo "$file $state"
	done
}

# For setup_file and teardown_file: files neither find nor leave an enclave.
begin_file() {
	pisces reclaim
	[ "$(pisces list --json)" = '[]' ] || {
		echo "there are enclaves already:"
		pisces list
		return 1
	}
	machine_state >"$BATS_FILE_TMPDIR/machine"
	echo "pisces-tests: $BATS_TEST_FILENAME begins" >/dev/kmsg
}

end_file() {
	pisces destroy --all
	pisces reclaim
	machine_state | diff "$BATS_FILE_TMPDIR/machine" -
	no_kernel_complaints
}

# Linux has not complained since begin_file.
no_kernel_complaints() {
	local complaints
	complaints=$(dmesg | tac | sed "/pisces-tests: .* begins/q" | tac)
	if grep -qE 'WARNING:|BUG:|Oops|Call Trace' <<<"$complaints"; then
		grep -E -A 40 'WARNING:|BUG:|Oops|Call Trace' <<<"$complaints"
		return 1
	fi
}

# Runs a program here and in the enclave: standard output, standard error and
# exit status must be the same, byte for byte. $input is its standard input,
# $options are pisces run's. Both leave $here_status, here.out and here.err.
same() { # PROGRAM ARGUMENT...
	local there_status=0 in=${input:-/dev/null} out_reader err_reader
	here_status=0
	# Pipes, as the enclave's streams are: C libraries tell them from files.
	rm -f here.out-pipe here.err-pipe
	mkfifo here.out-pipe here.err-pipe
	cat here.out-pipe >here.out 3>&- &
	out_reader=$!
	cat here.err-pipe >here.err 3>&- &
	err_reader=$!
	(
		ulimit -c 0
		exec "$@"
	) <"$in" >here.out-pipe 2>here.err-pipe || here_status=$?
	wait $out_reader $err_reader
	pisces run "${options[@]}" -- "$@" <"$in" >there.out 2>there.err ||
		there_status=$?
	if [ $here_status != $there_status ] || ! cmp here.out there.out ||
		! cmp here.err there.err; then
		echo "here: status $here_status; in the enclave: $there_status"
		diff -a here.out there.out | head -n 30
		diff -a here.err there.err | head -n 30
		[ $there_status != 125 ] || pisces log "$NAME" | tail -n 20
		return 1
	fi
}
options=()

# Both C libraries' program does the same here and there, with PATTERN in its
# output if that is given, in memory that is all back afterwards.
both_libraries() { # PROGRAM [PATTERN]
	local libc free
	for libc in musl glibc; do
		free=$(status_of .memory_free)
		same "$PROGRAMS/$libc/$1"
		[ -z "${2-}" ] || grep -q "$2" there.out
		wait_until 30 memory_is_back "$free"
	done
}

# The kernel gave the CPU back in working order: a task pinned there runs.
cpu_works() { # CPU
	[ "$(taskset -c "$1" "$PROGRAMS/musl/whereami" |
		sed -n 's/^cpu //p')" = "$1" ]
}
