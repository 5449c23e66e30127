#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_root.c; what it makes of folders and of archives of all
# kinds must be what they were made from, and damaged ones must be refused:
# [SEED [ROUNDS]].
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$PWD/build/unit
test=$build/test_root
seed=${1:-1}
rounds=${2:-3000}
mkdir -p "$build"
gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -I. -Iinclude \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-o "$test" tests/unit/test_root.c lib/root.c lib/archive*.c \
	lib/decompress.c lib/hash.c lib/links.c lib/bundle*.c lib/program*.c lib/elf.c \
	lib/file.c lib/error.c lib/text.c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
n=0

# The test NAME: every command of the function must succeed.
check() { # NAME FUNCTION ARGUMENT...
	local name=$1 status
	shift
	n=$((n + 1))
	set +e
	(
		set -e
		"$@"
	) >log 2>&1
	status=$?
	set -e
	if [ $status = 0 ]; then
		echo "ok $n - $name"
	else
		sed 's/^/# /' log
		echo "not ok $n - $name"
	fi
}

long=$(printf '%0120d' 0)
make_tree() {
	mkdir -p root/bin root/etc root/usr/lib root/"$long/$long" root/tmp \
		root/dev root/proc root/sys/deep
	chmod 1777 root/tmp
	chmod 711 root
	cp "$(command -v busybox)" root/bin/busybox
	chmod 4755 root/bin/busybox
	ln -s busybox root/bin/sh
	ln -s usr/lib root/lib
	ln -s /etc/real root/etc/link
	echo real >root/etc/real
	printf '#!/bin/sh\necho script\n' >root/etc/script
	printf '#!/lib/none\n' >root/etc/lost
	chmod 755 root/etc/script root/etc/lost
	echo plain >root/usr/lib/plain
	: >root/etc/empty
	echo twice >root/etc/twice
	ln root/etc/twice root/etc/again
	ln root/etc/twice root/usr/lib/thrice
	echo text >"root/$long/$long/$long"
	ln -s "$long/$long/$long/$long" root/etc/long-link
	ln "root/$long/$long/$long" root/etc/long-again
	mkfifo -m 640 root/etc/pipe
	head -c 200000 /dev/urandom >root/etc/noise
	touch root/proc/file root/sys/deep/file
	find root -exec touch -h -d '2020-02-02 02:02:02' {} +
	if [ "$(id -u)" = 0 ]; then
		chown -R 12:34 root/etc
		chown -h 3000000:70 root/etc/twice
		mknod root/dev/null c 1 3
		mknod root/dev/other c 9 9
		mknod root/etc/block b 9 9
	fi
}

# All but devices and what an enclave makes itself.
find_in() { # FOLDER FIND-ARGUMENT...
	local folder=$1
	shift
	find "$folder" \( -path "$folder/dev" -o -path "$folder/proc" -o \
		-path "$folder/sys" \) -prune -o -not -type b -not -type c \
		"$@" | sort
}

contents() { # FOLDER
	(
		cd "$1"
		find_in . -type f -exec cksum {} +
		find_in . -type f -printf '%p %n %s\n'
		[ etc/twice -ef usr/lib/thrice ] && [ etc/twice -ef etc/again ]
	)
}

# What the tool ships of a root: the archive's headers, and its contents.
ships_the_same() { # SOURCE
	"$test" write "$1" >shipped 2>said
	[ "$(id -u)" != 0 ] || [ "$(cat said)" = '2 devices' ]
	[ $(($(stat -c %s shipped) % 512)) = 0 ]
	find_in root \( -printf '%P ' -type d -printf 4 -o -type f -printf 10 \
		-o -type l -printf 12 -o -type p -printf 1 \) \
		-printf '%04m %U:%G %Ts %l\n' | sed 's/^ /. /' >one
	find_in root -type f -printf '%i %s\n' | sort -u |
		awk '{ n += $2 } END { print n, "bytes" }' >>one
	sort -o one one
	"$test" list shipped | sort >two
	diff one two
	rm -rf there
	mkdir there
	(cd there && cpio -id --quiet --no-absolute-filenames) <shipped
	contents root >one
	contents there >two
	diff one two
}

archives() {
	local part packer
	(cd root && find . | cpio -o --quiet -H newc) >newc.cpio
	(cd root && find . | cpio -o --quiet -H crc) >crc.cpio
	(cd root && find . | cpio -o --quiet -H odc) >old.cpio
	tar -C root -cf gnu.tar --format=gnu .
	tar -C root -cf pax.tar --format=pax .
	tar -C root -cf absolute.tar --format=posix -P \
		--transform 's#^\.#/#;s#^//#/#' --numeric-owner .
	# Two archives in one, as an initramfs may be.
	for part in 1,9p "10,\$p"; do
		(cd root && find . | sed -n "$part" | cpio -o --quiet -H newc)
	done >double.cpio
	for packer in gzip xz zstd bzip2 lz4; do
		! command -v $packer >/dev/null || {
			$packer -c <pax.tar >"pax.tar.$packer"
			$packer -c <newc.cpio >"newc.cpio.$packer"
		}
	done
}

# The error's text is this; nothing else is printed.
refuses() { # MESSAGE ARGUMENT...
	local message=$1 output
	shift
	output=$("$test" "$@" 2>&1) && return 1
	[ "$output" = "error: $message" ] || {
		echo "$output"
		return 1
	}
}

refuses_like() { # PATTERN ARGUMENT...
	local pattern=$1 output
	shift
	output=$("$test" "$@" 2>&1) && return 1
	# shellcheck disable=SC2053 # a pattern
	[[ $output == "error: "$pattern ]] || {
		echo "$output"
		return 1
	}
}

cut_short() {
	local kind size cut=cut.part
	for kind in newc.cpio gnu.tar; do
		size=$(stat -c %s $kind)
		head -c $((size / 2)) $kind >"$cut"
		refuses_like 'cut.part: damaged at byte *: it is cut off' write "$cut"
	done
	head -c 300 newc.cpio >"$cut"
	refuses_like 'cut.part: damaged at byte *' write "$cut"
	# At the end of an entry, so that only the end's mark is missing.
	(cd root && echo ./bin | cpio -o --quiet -H newc) | head -c 116 >"$cut"
	refuses 'cut.part: damaged at byte 116: it is cut off' write "$cut"
	tar -C root -cf - --no-recursion . | head -c 512 >"$cut"
	refuses 'cut.part: damaged at byte 512: it is cut off' write "$cut"
	head -c 5000 newc.cpio.gzip >"$cut"
	refuses_like 'cut.part: cannot be unpacked: gzip: *unexpected end of file' \
		write "$cut"
}

changed() {
	sed 's/real/rial/' crc.cpio >wrong
	refuses_like 'wrong: damaged at byte *: a wrong checksum' write wrong
	{
		cat newc.cpio
		echo more
	} >wrong
	refuses_like 'wrong: damaged at byte *: more than zeroes behind its end' \
		write wrong
	{
		cat gnu.tar
		echo more
	} >wrong
	"$test" write wrong >/dev/null
	sed 's/real/rial/' gnu.tar >wrong
	refuses_like 'wrong: damaged at byte *: no header of tar' write wrong
}

no_archives() {
	: >empty
	refuses 'empty: no archive of cpio or tar' write empty
	echo text >text
	refuses 'text: no archive of cpio or tar' write text
	refuses 'old.cpio: a cpio archive of an old kind: make it with cpio -o -H newc' \
		write old.cpio
	refuses '/dev/null: neither a folder nor a file' write /dev/null
	refuses 'none: No such file or directory' write none
	head -c 2000 /dev/zero >zeroes
	refuses 'zeroes: no archive of cpio or tar' write zeroes
}

names() {
	mkdir -p a
	echo x >a/x
	tar -P -cf up.tar a/../a/x
	refuses "up.tar: an entry named 'a/../a/x', which leads out of the root" \
		write up.tar
	printf '%s\n' a/../a/x | cpio -o --quiet -H newc >up.cpio
	refuses "up.cpio: an entry named 'a/../a/x', which leads out of the root" \
		write up.cpio
	truncate -s 1M a/sparse
	tar --sparse -cf sparse.tar a/sparse
	refuses 'sparse.tar: a/sparse: a sparse file: make it without tar --sparse' \
		write sparse.tar
	tar --sparse --format=pax -cf sparse.tar a/sparse
	refuses_like 'sparse.tar: *: a sparse file: make it without tar --sparse' \
		write sparse.tar
	# A name that would end the archive that is shipped.
	mkdir -p odd
	echo odd >'odd/TRAILER!!!'
	echo last >odd/last
	"$test" write odd >shipped
	mkdir -p there-odd
	(cd there-odd && cpio -id --quiet --no-absolute-filenames) <shipped
	diff -r odd there-odd
}

patch() { # FILE OFFSET BYTES
	# shellcheck disable=SC2059 # the bytes are a format
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# What stands in a header and does not count.
oddities() {
	"$test" list small-gnu.tar >one
	cp small-gnu.tar odd.tar
	# A folder that says it had a size, before it GNU's fields, not a name.
	patch odd.tar 124 '00000001000'
	patch odd.tar 345 'prefix'
	"$test" mend odd.tar
	"$test" list odd.tar >two
	diff one two
	# The same prefix in a POSIX archive.
	tar -C small -cf odd.tar --format=ustar bin
	patch odd.tar 345 'prefix'
	"$test" mend odd.tar
	"$test" list odd.tar >two
	grep -q '^prefix/bin/ ' two
	# Another name of a file, as some write it: with the size, not the bytes.
	tar -C small -cf odd.tar --format=gnu bin/sh again
	"$test" list odd.tar >one
	patch odd.tar $((1024 + 124)) '00000000200'
	"$test" mend odd.tar
	"$test" list odd.tar >two
	diff one two
}

too_much() {
	head -c 70000000 /dev/zero | gzip -1 >large.gz
	refuses 'large.gz: what is in it takes more than the 64 MiB that are free' \
		write large.gz
}

no_packer() {
	mkdir -p empty-path
	PATH=$PWD/empty-path refuses 'newc.cpio.gzip: is compressed, and gzip, which could unpack it, is not in PATH' \
		write newc.cpio.gzip
}

# What is given takes the root's place, through its links, too.
given() {
	echo given >given
	mkdir -p tree/lib
	chmod 700 tree tree/lib
	echo lib >tree/lib/plain
	echo fresh >tree/fresh
	"$test" write root given /etc/real one /etc/real given /lib/other given /new/deep/x \
		tree / given /etc/twice >shipped
	rm -rf there
	mkdir there
	(cd there && cpio -idm --quiet --no-absolute-filenames) <shipped
	[ "$(cat there/etc/real there/usr/lib/other there/new/deep/x)" = \
		$'given\ngiven\ngiven' ]
	[ "$(cat there/usr/lib/plain there/fresh)" = $'lib\nfresh' ]
	[ "$(stat -c %a there/usr/lib)" = 755 ]
	[ "$(cat there/etc/twice)" = given ]
	[ "$(cat there/etc/again there/usr/lib/thrice)" = $'twice\ntwice' ]
	[ there/etc/again -ef there/usr/lib/thrice ]
	[ -L there/lib ]
	refuses '/etc: cannot be made, for it is a folder already' \
		write root given /etc
	refuses '/etc/empty/x: cannot be made, for /etc/empty is no folder' \
		write root given /etc/empty/x
}

finds() { # RESULT FOLDER NAME
	local result
	result=$("$test" find root "$2" "$3")
	[ "$result" = "$1" ] || {
		echo "$result"
		return 1
	}
}

programs() {
	export PATH=$PATH:/bin:etc
	finds '/bin/sh 1' / sh
	finds '/bin/busybox 1' / /bin/busybox
	finds '/bin/busybox 1' /bin ./busybox
	finds '/bin/busybox 1' /usr/lib ../../bin/busybox
	finds '/etc/script 1' / script
	PATH=/lib/../bin finds '/bin/sh 1' / sh
	refuses 'none: not found in PATH; it is looked for in the root' \
		find root / none
	refuses '/etc/none: no such program; it is looked for in the root' \
		find root / /etc/none
	refuses '/etc/link: not executable (chmod +x?); it is looked for in the root' \
		find root / /etc/link
	refuses '/etc: is a folder, not a program; it is looked for in the root' \
		find root / /etc
	refuses '/etc/lost: its interpreter /lib/none is not in the root' \
		find root / /etc/lost
	cp "$(type -P true)" root/bin/true
	refuses_like '/bin/true: its loader /lib64/* is not in the root' \
		find root / /bin/true
	rm root/bin/true
}

# Nothing is read or written outside; the sanitizers watch.
damage() { # FILE
	"$test" damage "$1" "$seed" "$rounds"
}

# What is damaged is mostly headers then.
small() {
	mkdir -p small/bin
	cp root/etc/script small/bin/sh
	ln small/bin/sh small/again
	ln -s bin/sh "small/$long"
	(cd small && find . | cpio -o --quiet -H newc) >small.cpio
	tar -C small -cf small-gnu.tar --format=gnu .
	tar -C small -cf small-pax.tar --format=pax .
}

make_tree
archives
small
check 'a folder' ships_the_same root
for kind in newc.cpio crc.cpio double.cpio gnu.tar pax.tar absolute.tar \
	pax.tar.* newc.cpio.*; do
	check "an archive $kind" ships_the_same "$kind"
done
check 'archives that are cut off' cut_short
check 'archives that were changed' changed
check 'what is no archive' no_archives
check 'names and kinds that are refused, and one that looks like an end' names
check 'what does not count' oddities
check 'more than there is room for' too_much
check 'a program that unpacks is missing' no_packer
check 'what is given and what is in the root' given
check 'programs in a root' programs
for kind in small.cpio small-gnu.tar small-pax.tar; do
	check "damaged copies of $kind" damage $kind
done
echo "1..$n"
