#!/usr/bin/env bats
# 155-debug: a pisces that was made with DEBUG=1, whose co-kernel panics when
# free memory is written to or freed again, does what it should, and does not.
# machine: host

load helpers
BATS_TEST_TIMEOUT=600

# A copy of the source with what is built already, but for the co-kernel, so
# that ./pisces stays as it is.
setup_file() {
	export COPY=$BATS_FILE_TMPDIR/copy PISCES_CACHE
	PISCES_CACHE=${PISCES_CACHE:-$root/.cache}
	mkdir -p "$COPY/build"
	(cd "$root" && cp -a Makefile ./*.c blob cmd cokernel docs include kmod \
		lib tests "$COPY" &&
		cp -a build/cmd build/lib build/module build/pisces.* \
			build/signer build/blob "$COPY/build") || return
	make -C "$COPY" DEBUG=1 KERNELS="$("$root/tests/vm/kernel" default)" \
		>"$BATS_FILE_TMPDIR/log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/log"
		return 1
	}
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	command -v qemu-system-x86_64 || skip "there is no QEMU"
}

@test "DEBUG=1 makes another co-kernel, and without it that goes again" {
	local words='was written to while it was free'
	grep -qa "$words" "$COPY/pisces"
	grep -qa "$words" "$COPY/build/cokernel/cokernel.bin"
	make -s -C "$COPY/cokernel"
	run ! grep -qa "$words" "$COPY/build/cokernel/cokernel.bin"
}

@test "self-tests, programs, CPUs and memory that come and go" {
	cat >script <<'END'
set -eux
p=/programs/musl
pisces boot --cpu 3 --mem 256M --name debug --cmdline selftest
[ "$(pisces log | grep -c 'selftest: ')" = 5 ]
pisces run $p/memory >there
$p/memory | diff - there
for round in 1 2; do
	pisces add-cpu 1,2
	pisces add-mem 256M
	pisces run $p/threads 20 | grep 'sum right'
	pisces run $p/fill | grep ' 0 wrong'
	pisces run $p/memory >/dev/null
	pisces run $p/files >/dev/null
	pisces rm-cpu 1,2
	pisces rm-mem 256M
done
pisces run $p/fill | grep ' 0 wrong'
pisces log | tail -n 20
[ "$(pisces status --json | jq -r .state)" = running ]
pisces destroy
echo all went well
END
	run -0 "$COPY/tests/vm/run" --timeout 500 --console console \
		--file "$PROGRAMS:/programs" --file "$PWD/script:/script" -- \
		bash /script
	assert_line 'all went well'
}
