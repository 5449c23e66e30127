# common.bash: what the scripts of the emulated machine share: how they fail,
# where they cache, and the locks that let several of them run at once.
# Sourced, with the caller's name in $me.
# shellcheck shell=bash disable=SC2154 # me
shopt -s inherit_errexit

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$vm/../.." && pwd)
cache=${PISCES_CACHE:-$root/.cache}
install_deps=tests/install-deps

# The status of every failure that is not the machine's; see run --help.
cannot_prepare=254

die() {
	echo "$me: $*" >&2
	exit "$cannot_prepare"
}

need() { # PROGRAM...
	local program
	for program; do
		command -v "$program" >/dev/null ||
			die "$program is not installed; run $install_deps"
	done
}

# Makes a folder of the cache, which git never sees.
cache_folder() { # NAME
	if [ ! -e "$cache/.gitignore" ]; then
		mkdir -p "$cache" 2>/dev/null ||
			die "cannot create $cache; set PISCES_CACHE to a writable folder"
		echo '*' >"$cache/.gitignore"
	fi
	mkdir -p "$cache/$1"
}

# Builds RESULT by calling a command with a temporary path that is renamed
# when it succeeds; does nothing if RESULT is there. Of several callers at
# once one builds and the others wait, so RESULT is never seen half made.
once() { # RESULT COMMAND ARGUMENT...
	local result=$1 temp=$1.new.$$
	shift
	[ ! -e "$result" ] || return 0
	(
		exec 9>"$result.lock"
		flock 9
		[ ! -e "$result" ] || exit 0
		trap 'rm -rf "$temp"' EXIT
		trap 'exit 130' INT
		trap 'exit 143' TERM
		"$@" "$temp"
		mv -T "$temp" "$result"
	)
}

# Prints the path of a static program compiled from a file of this folder.
helper() { # NAME
	local sum
	sum=$(cat "$vm/$1.c" "$vm/frame.h" | cksum)
	cache_folder vm
	once "$cache/vm/$1-${sum%% *}" compile_helper "$1"
	echo "$cache/vm/$1-${sum%% *}"
}

compile_helper() { # NAME RESULT
	need gcc
	gcc -std=c11 -O2 -Wall -Wextra -static -s -o "$2" "$vm/$1.c" ||
		die "cannot compile $vm/$1.c"
}
