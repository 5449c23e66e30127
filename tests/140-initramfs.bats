#!/usr/bin/env bats
# 140-initramfs: pisces needs nothing: it works in an initramfs that holds a
# shell, pisces and the program to run, with nothing mounted.
# machine: host

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	command -v qemu-system-x86_64 || skip "there is no QEMU"
	[ -x "$root/pisces" ] || skip "there is no ./pisces"
	release=$("$root/tests/vm/kernel" default)
	kernel=$("$root/tests/vm/kernel" image "$release")
}

# Boots with the script as its init; the console is in the file console.
machine() { # SCRIPT
	mkdir -p tree
	cp "$(command -v busybox)" tree/busybox
	cp "$root/pisces" tree/pisces
	cp "$PROGRAMS/musl/hello" tree/hello
	printf '#!/busybox sh\n%s\n' "$1" >tree/init
	chmod 755 tree/init
	(cd tree && find . | cpio --quiet -o -H newc) >initramfs
	timeout 200 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 \
		-m 1G -nodefaults -display none -monitor none -no-reboot \
		-kernel "$kernel" -initrd initramfs -serial file:console \
		-append "console=ttyS0 quiet panic=-1 no_timer_check" || return
	tr -d '\r' <console >lines
	cat lines
}

@test "check, boot, run, destroy with a shell and nothing else" {
	machine '
/pisces check; echo "check: $?"
/pisces boot --mem 128M; echo "boot: $?"
/pisces list
/pisces run /hello; echo "run: $?"
echo text | /pisces run /busybox cat; echo "pipe: $?"
/pisces destroy; echo "destroy: $?"
/pisces unload; echo "unload: $?"
/busybox poweroff -f'
	run cat lines
	assert_line 'This machine can run enclaves.'
	assert_line --regexp '^enclave0 +running +1 +128 MiB'
	assert_line 'hello from C, 3.143'
	assert_line 'text'
	assert_line 'enclave0: CPU 1 and 128 MiB went back to Linux'
	for step in check boot run pipe destroy unload; do
		assert_line "$step: 0"
	done
}
