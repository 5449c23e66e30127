# disk-of.bash: for tests/pci.bash and tests/bench/disk-session.
# shellcheck shell=bash

# Linux's disk of a function, if it has any. That of an NVMe controller that
# can have several is named nvme0c0n1 below it, and nvme0n1 in /dev.
disk_of() { # FUNCTION
	local path
	for path in /sys/block/*; do
		[[ $(readlink -f "$path") != */"$1"/* ]] ||
			sed -E 's,.*/(nvme[0-9]+)c[0-9]+n,\1n,; s,.*/,,; s,^,/dev/,' \
				<<<"$path"
	done
}
