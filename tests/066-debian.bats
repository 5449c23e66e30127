#!/usr/bin/env bats
# 066-debian: Debian's own programs do the same on four CPUs of an enclave as on
# Linux, byte for byte.
# machine: --cpus 6 --mem 6G --packages bash,coreutils,dash,diffutils,findutils,gawk,gcc,grep,gzip,iproute2,iputils-ping,libc6-dev,libopenblas0-pthread,libpython3.11-testsuite,mount,perl,python3,sed,sqlite3,strace,tar,util-linux
# kernel: any

load helpers
BATS_TEST_TIMEOUT=600
# All of Python's own tests that are of interest take longer.
[ -z "${PYTHON_TESTS-}" ] || BATS_TEST_TIMEOUT=7200
PYTHON_TESTS=${PYTHON_TESTS:-test_select test_mmap test_poll}
LIMIT=400
debian=/debian

setup_file() {
	begin_file
	if [ -n "${EMULATED-}" ]; then
		cp -r "$BATS_TEST_DIRNAME/debian" $debian/tests
		cp "$PROGRAMS"/go/stern* "$PROGRAMS"/debian/* $debian/tests
	fi
	pisces boot --cpu 2-5 --mem 2G --name "$NAME"
}

teardown_file() {
	end_file
}

setup() {
	[ -d $debian ] || skip "there is no $debian"
	cd "$BATS_TEST_TMPDIR" || return
	unset LANG LC_ALL
}

# In Debian's files, with a /tmp of its own.
on_linux() { # PROGRAM ARGUMENT...
	unshare --mount sh -c '
		mount --rbind /proc /debian/proc
		mount --rbind /sys /debian/sys
		mount --rbind /dev /debian/dev
		mount -t tmpfs tmpfs /debian/tmp
		cd /debian/tmp
		exec chroot /debian sh -c "cd /tmp; exec \"\$@\"" sh "$@"' sh "$@"
}

# Both must write the same and end in the same way.
both() { # PROGRAM ARGUMENT...
	local there=0 free
	here=0
	free=$(status_of .memory_free)
	on_linux "$@" >here.out 2>here.err </dev/null || here=$?
	pisces run --root $debian --cwd /tmp "${options[@]}" -- "$@" \
		>there.out 2>there.err </dev/null || there=$?
	if [ $here != $there ] || ! cmp here.out there.out ||
		! cmp here.err there.err; then
		echo "here: status $here; in the enclave: $there"
		diff -a here.out there.out | head -n 30
		diff -a here.err there.err | head -n 30
		return 1
	fi
	wait_until 60 memory_is_back "$free"
}

@test "coreutils and their like" {
	both sh /tests/coreutils.sh
	grep -q packed there.out
	assert_equal $here 0
}

@test "bash: pipes, jobs, traps" {
	both bash /tests/script.bash
	grep -q '^exec zero one' there.out
}

@test "python: threads, processes, sockets, signals, files" {
	both python3 /tests/standard.py
	grep -q '^slept True True True' there.out
}

@test "perl: processes, pipes, files" {
	both perl /tests/program.pl
	grep -q '^3.1415926536' there.out
}

@test "sqlite3: a database in a file" {
	both sh -c 'sqlite3 file.db </tests/tables.sql && sqlite3 file.db .dump | md5sum'
	grep -q '^ok' there.out
}

@test "gcc: a program is compiled, linked and run" {
	both sh -c '
		gcc -O2 -Wall -pthread -o hello /tests/hello.c -lm && ./hello
		gcc -static -pthread -o static /tests/hello.c -lm && ./static
		echo "int main(void) { return x; }" | gcc -c -o /dev/null -x c -
		md5sum hello static'
	assert_equal "$(grep -c '^hello: 42' there.out)" 2
	grep -q "error: .x. undeclared" there.err
}

@test "go: goroutines, signals, timers, sockets, processes" {
	local program
	for program in stern stern-dynamic; do
		both /tests/$program
		grep -q '^goroutines: true' there.out
	done
}

@test "OpenBLAS: dgemm on all CPUs" {
	local library=/usr/lib/x86_64-linux-gnu/openblas-pthread
	both env LD_LIBRARY_PATH=$library OPENBLAS_NUM_THREADS=2 /tests/dgemm
	run -0 pisces run --root $debian --env LD_LIBRARY_PATH=$library \
		-- /tests/dgemm
	assert_output --regexp '^4 threads, 0 wrong, '
}

@test "OpenMP: a place for each core" {
	options=(--cpus +2)
	both env OMP_PLACES=cores OMP_PROC_BIND=spread /tests/places
	grep -q '^2 processors, 2 places, 2 threads, 2 bound' there.out
	run -0 pisces run --root $debian --env OMP_PLACES=cores -- /tests/places
	assert_line '4 processors, 4 places, 4 threads, 4 bound'
}

# These need what enclaves do not have: IP sockets.
lacking='WakeupFDTests.test_(invalid_socket|set_wakeup_fd_socket_result)|TestSendfile'

# Each test's end; what the modules say besides is of this machine and moment.
python_tests() { # on_linux|in_enclave MODULE
	"$1" python3 -m unittest -v "test.$2" 2>&1 |
		grep -aoE '^.* \.\.\. (ok|FAIL|ERROR|skipped.*|expected failure)$' |
		grep -aEv "$lacking" | sort >"$1.ends"
}

in_enclave() { # PROGRAM ARGUMENT...
	pisces run --root $debian --cwd /tmp -- "$@" </dev/null
}

@test "python's own tests end as on Linux" {
	local module modules
	read -ra modules <<<"$PYTHON_TESTS"
	LIMIT=$BATS_TEST_TIMEOUT
	for module in "${modules[@]}"; do
		python_tests on_linux "$module"
		python_tests in_enclave "$module"
		echo "# $module: $(grep -c . on_linux.ends) tests" >&3
		grep -q ' ok$' on_linux.ends
		diff on_linux.ends in_enclave.ends
	done
}

explained() { # PROGRAM
	chroot $debian /tests/pisces run --explain "$1" |
		sed -n 's/^verdict *\([a-z]*\):.*/\1/p'
}

# The others are run above.
@test "run --explain is right about what works and what does not" {
	local program
	cp "$PISCES" $debian/tests
	for program in ls sort bash gawk sed grep find tar gzip perl python3 \
		sqlite3 gcc; do
		assert_equal "$program: $(explained $program)" "$program: run"
	done
	while read -ra program; do
		echo "${program[*]}"
		assert_equal "$(explained "${program[0]}")" vm
		on_linux sh -c 'ip link set lo up; exec "$@"' sh "${program[@]}"
		run in_enclave "${program[@]}"
		[ "$status" != 0 ]
		# It ran, and failed by itself: these are the tool's.
		[[ $status != 12[4-7] ]]
	done <<-END
		mount -t tmpfs none /usr
		umount -l /sys
		unshare --mount --propagation unchanged true
		nsenter --mount=/proc/self/ns/mnt true
		ip link show lo
		tc qdisc show dev lo
		bridge link
		swapon --show
		strace true
		ping -c 1 127.0.0.1
	END
}
