#!/usr/bin/env bats
# 170-several: several enclaves at once, which neither see nor disturb each
# other, made and ended in any order and by tools that run at once.
# machine: --cpus 8 --mem 4G --nodes 2

load helpers
# Seconds that the tools run against each other.
SECONDS_TOGETHER=${SECONDS_TOGETHER:-30}
BATS_TEST_TIMEOUT=$((900 + SECONDS_TOGETHER * 2))

setup_file() {
	begin_file
	pisces load
}

teardown_file() {
	end_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ "$CPU" -ge 7 ] || unfit "there are fewer than 8 CPUs"
	p=$PROGRAMS/musl
	machine_state >before
}

teardown() {
	pisces destroy --all
	pisces reclaim
	machine_state | diff before -
}

boot_four() {
	local n
	for n in 1 2 3 4; do
		pisces boot --cpu $n --mem 128M --name "e$n"
	done
}

@test "four enclaves run different programs" {
	boot_four
	"$p/noise" 3000000 >noise
	start_pisces run -e e1 "$p/hello" >out.1
	local pids=("$pid")
	start_pisces run -e e2 /bin/busybox sha256sum <noise >out.2
	pids+=("$pid")
	start_pisces run -e e3 "$p/memory" >out.3
	pids+=("$pid")
	start_pisces run -e e4 /bin/busybox wc -c <noise >out.4
	wait "${pids[@]}" "$pid"
	"$p/hello" | diff - out.1
	/bin/busybox sha256sum <noise | diff - out.2
	"$p/memory" | diff - out.3
	/bin/busybox wc -c <noise | diff - out.4
}

@test "each is destroyed while the others run" {
	local n m pids=()
	boot_four
	for n in 1 2 3 4; do
		start_pisces run -e "e$n" "$p/noise" 1000000000000 >/dev/null
		pids[n]=$pid
	done
	for n in 2 4 1 3; do
		pisces destroy "e$n"
		wait_for "${pids[n]}"
		assert_equal "$status" 125
		unset "pids[$n]"
		for m in "${!pids[@]}"; do
			run -0 pisces run -e "e$m" "$p/hello"
			refute has_ended "${pids[m]}"
		done
		cpu_works "$n"
	done
}

@test "a name, a CPU and memory have one owner" {
	pisces boot --cpu 1 --mem 128M --name e1
	run -1 --separate-stderr pisces boot --cpu 1 --name e2
	assert_equal "$stderr" \
		'pisces: CPU 1 is granted to e1 already: pisces rm-cpu or pisces destroy gives it back'
	pisces boot --cpu 2 --mem 128M --name e2
	run -1 --separate-stderr pisces add-cpu -e e2 1
	assert_equal "$stderr" \
		'pisces: CPU 1 is granted to e1 already: pisces rm-cpu or pisces destroy gives it back'
	run -1 --separate-stderr pisces rm-cpu -e e2 1
	assert_regex "$stderr" '^pisces: '
	refute [ "$(status_of '.blocks[0].start' e1)" = \
		"$(status_of '.blocks[0].start' e2)" ]
}

@test "with several, commands that change one want its name" {
	boot_four
	for command in 'add-cpu 5' 'rm-cpu 5' 'add-mem 128M' 'rm-mem 128M'; do
		# shellcheck disable=SC2086 # two words
		run -1 --separate-stderr pisces $command
		assert_equal "$stderr" 'pisces: there are several enclaves: name one; there are e1, e2, e3, e4'
	done
}

# Boots, changes and destroys its own enclave until time is up; that another
# tool is booting is the only thing that may come in between.
together() { # NUMBER
	local end=$((SECONDS + SECONDS_TOGETHER)) n=$1 rounds=0
	while [ $SECONDS -lt $end ]; do
		until pisces boot --cpu $((n + 1)) --name "t$n" >log.$n 2>&1; do
			grep -q 'is being booted' log.$n || {
				cat log.$n
				return 1
			}
		done
		pisces add-mem -e "t$n" 128M >>log.$n 2>&1 || :
		pisces run -e "t$n" "$p/hello" >out.$n || return
		"$p/hello" | diff - out.$n || return
		pisces destroy "t$n" >>log.$n || return
		rounds=$((rounds + 1))
	done
	echo "$n: $rounds rounds"
	[ $rounds -gt 0 ]
}

@test "tools that boot, change and destroy at once leave Linux whole" {
	local n pids=()
	for n in 1 2 3 4; do
		together $n 3>&- >together.$n 2>&1 &
		pids+=($!)
	done
	for n in 1 2 3 4; do
		wait "${pids[n - 1]}" || {
			cat together.*
			false
		}
	done
	cat together.*
	assert_equal "$(pisces list --json)" '[]'
}
