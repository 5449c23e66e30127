#!/usr/bin/env bats
# 251-pci-steps: a tool that is killed before any one of its steps, or at any
# instant, while it gives functions to an enclave or takes them back, leaves what
# `pisces reclaim` sets right.
# run: by name
# machine: --cpus 6 --mem 3G --iommu intel --disk 16M:nvme --disk 16M:ahci

load helpers
load pci
load steps
SEED=${SEED:-1}
# How often a tool is killed at a random instant.
TIMES=${TIMES:-8}
BATS_TEST_TIMEOUT=$((1800 + TIMES * 20))
p=$PROGRAMS/musl

setup_file() {
	begin_pci_file
}

teardown_file() {
	end_pci_file
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	want_functions nvme ahci
	want_iommu
	RANDOM=$SEED
}

teardown() {
	pisces destroy --all
	pisces reclaim
	pci_is_back || cat pci.diff
}

# In place of steps.bash's: functions are what matters here.
resources() {
	cat $sys_cpu/online
	mem_total
	pisces list --json | jq -c '.[] | [.name, .state, .memory, .devices]'
	pci_state
}

@test "add-pci" {
	boot
	undo="pisces rm-pci ${nvme[0]} ${ahci[0]}" lives=yes
	at_each_step add-pci "${nvme[0]}" "${ahci[0]}"
}

@test "rm-pci" {
	boot
	pisces add-pci "${nvme[0]}" "${ahci[0]}"
	undo="pisces add-pci ${nvme[0]} ${ahci[0]}" lives=yes
	at_each_step rm-pci "${nvme[0]}" "${ahci[0]}"
}

@test "boot --pci" {
	undo='pisces destroy' lives=
	at_each_step boot --cpu 5 --name "$NAME" --pci "${nvme[0]}"
}

@test "destroy, with functions" {
	local steps step
	boot
	pisces add-pci "${nvme[0]}" "${ahci[0]}"
	PISCES_STOP_AT=count "$PISCES" destroy 2>count >/dev/null
	steps=$(tail -n 1 count)
	[ "$steps" -ge 6 ]
	linux_has_back "${nvme[0]}" "${ahci[0]}"
	for ((step = 1; step <= steps; step += STRIDE)); do
		boot
		pisces add-pci "${nvme[0]}" "${ahci[0]}"
		PISCES_STOP_AT=$step run -137 "$PISCES" destroy
		pisces reclaim
		run -0 pisces reclaim
		assert_output ''
		[ "$(state_of "$NAME")" != running ] || pisces destroy
		linux_has_back "${nvme[0]}" "${ahci[0]}"
	done
}

@test "kill -9 at a random instant, while the disks are used" {
	local round begin took command ms
	boot
	begin=${EPOCHREALTIME/./}
	pisces add-pci "${nvme[0]}" "${ahci[0]}"
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	for ((round = 0; round < TIMES; round++)); do
		command=add-pci
		[ "$(status_of '.devices | length')" = 0 ] || command=rm-pci
		ms=$((RANDOM % (took * 5 / 4) + 1))
		echo "$command, after $ms ms"
		"$PISCES" $command "${nvme[0]}" "${ahci[0]}" 3>&- >out 2>&1 &
		sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
		kill -KILL $! || :
		wait $! || :
		pisces reclaim
		disk=/dev/nvme0n1
		case $(status_of '.devices | length') in
		0)
			linux_has_back "${nvme[0]}" "${ahci[0]}"
			here "${nvme[0]}" --write --verify --range 0:65536
			;;
		2) there --write --verify --range 0:65536 ;;
		*) fail "it has one of two" ;;
		esac
	done
}
