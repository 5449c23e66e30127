# fuzz.bash: what the .bats files share that say anything to the module, to a
# co-kernel or by one. Loaded after helpers.bash and pci.bash.
# shellcheck shell=bash disable=SC2154,SC2034

# Where it begins, and how long each test takes.
SEED=${SEED:-1}
FUZZ_SECONDS=${FUZZ_SECONDS:-20}
BATS_TEST_TIMEOUT=$((FUZZ_SECONDS * 3 + 300))

# For setup: those PCI functions take part.
begin_fuzz() { # FUNCTION...
	cd "$BATS_TEST_TMPDIR" || return
	[ "$CPU" -ge 5 ] || unfit "there are fewer than 6 CPUs"
	p=$PROGRAMS/musl
	machine_state >before
	end=$((SECONDS + FUZZ_SECONDS))
	seed=$SEED
	functions=("$@")
}

# For teardown.
end_fuzz() {
	give_back
	machine_state | diff before -
	no_kernel_complaints
}

# First what the enclaves had, then what was taken offline for nobody.
give_back() {
	local file
	run pisces reclaim
	# What hangs in the middle of a change does not answer: destroy ends it.
	[ "$status" = 0 ] || assert_line --regexp '^pisces: .* does not answer'
	pisces destroy --all
	pisces reclaim
	assert_equal "$(pisces list --json)" '[]'
	for file in "$sys_cpu"/cpu[0-9]*/online; do
		[ "$(cat "$file")" = 1 ] || echo 1 >"$file"
	done
	for file in "$sys_memory"/memory*/state; do
		[ "$(cat "$file")" != offline ] ||
			grep -q "$file offline" before || echo online >"$file"
	done
	for file in "${functions[@]}"; do
		echo >"$sys_pci/$file/driver_override"
		[ -n "$(driver_of "$file")" ] ||
			echo "$file" >/sys/bus/pci/drivers_probe
	done
	[ ${#functions[@]} = 0 ] || wait_until 30 pci_is_back
}

say_anything() {
	local seconds
	while [ $SECONDS -lt "$end" ]; do
		boot
		seconds=$((end - SECONDS))
		[ $seconds -le 30 ] || seconds=30
		[ $seconds -ge 5 ] || seconds=5
		echo "seed $seed, $seconds s"
		timeout -k 10 $((seconds + 150)) "$PROGRAMS/tools/fuzz-ioctl" \
			"$NAME" "$seed" "$seconds" "${functions[@]}"
		seed=$((seed + 1))
		give_back
		machine_state | diff before -
		no_kernel_complaints
	done
	boot
	pisces run "$p/hello"
}

# One pisces, in the files out and err: it ends in time and not by a signal, and
# an error is said in words; no words of an enclave's upset a terminal.
sane() { # ARGUMENT...
	status=0
	timeout -k 5 "$LIMIT" "$PISCES" "$@" >out 2>err </dev/null || status=$?
	case $1:$status in
	*:124 | *:137 | *:139)
		fail "pisces $*: status $status: $(cat err)"
		;;
	run:*) ;;
	*:12[5-9] | *:1[3-9]? | *:2??)
		fail "pisces $*: status $status: $(cat err)"
		;;
	esac
	[ $status = 0 ] || [ "$1" = run ] || head -n 1 err | grep -q '^pisces: ' ||
		fail "pisces $*: status $status without a word: $(cat out err)"
	[ "$1" = run ] || ! LC_ALL=C grep -aq '[^[:print:][:space:]]' out err ||
		fail "pisces $*: not text: $(cat -v out err)"
	[ $status != 0 ] || [[ $* != *--json* ]] || jq . out >/dev/null
}

# All that can be asked of an enclave that does not mean well.
ask_all() {
	sane list
	sane list --json
	sane status "$NAME"
	sane status --json "$NAME"
	sane top -n 2 -d 0.1 "$NAME"
	sane log "$NAME"
	sane run -e "$NAME" "$p/hello"
	sane add-cpu -e "$NAME" 2,3
	sane add-mem -e "$NAME" 256M
	sane rm-cpu -e "$NAME" +1
	sane rm-mem -e "$NAME" 128M
	sane add-pci -e "$NAME" "${functions[@]}"
	sane rm-pci -e "$NAME" "${functions[@]}"
	sane debug -e "$NAME" registers
	sane dump "$NAME" core
	rm -f core
	timeout -s INT -k 5 2 "$PISCES" console "$NAME" >out 2>err </dev/null ||
		[ $? -le 124 ]
	sane reclaim
	sane list
}

# Only a pisces that was built for tests knows how.
scribble_anything() {
	grep -q scribble= "$PISCES"
	while [ $SECONDS -lt "$end" ]; do
		echo "seed $seed"
		sane boot --cpu "$CPU" --mem 256M --name "$NAME" \
			--cmdline "scribble=$seed"
		[ $status != 0 ] || ask_all
		seed=$((seed + 1))
		give_back
		machine_state | diff before -
		no_kernel_complaints
	done
}
