# archive.bash: where packages are fetched from with apt: what this machine's own
# apt knows, or another Debian suite. A suite has lists of its own below
# CACHE/suites, so that this machine's apt never sees them; mirrors and keyring
# are this machine's. Sourced after common.bash.
# shellcheck shell=bash

suite=
apt=(-o APT::Sandbox::User=root)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# From here on packages come from SUITE; none is this machine's own apt.
use_suite() { # [SUITE]
	suite=${1-}
	apt=(-o APT::Sandbox::User=root)
	[ -n "$suite" ] || return 0
	cache_folder "suites/$suite/lists/partial"
	cache_folder "suites/$suite/cache/archives/partial"
	local folder=$cache/suites/$suite
	apt+=(
		-o "Dir::Etc::SourceList=$folder/sources.list"
		-o Dir::Etc::SourceParts=/dev/null
		-o "Dir::State=$folder"
		-o "Dir::State::Lists=$folder/lists"
		-o Dir::State::status=/dev/null
		-o "Dir::Cache=$folder/cache"
		-o Acquire::Languages=none
	)
	write_sources "$folder/sources.list.$$"
	mv "$folder/sources.list.$$" "$folder/sources.list"
}

write_sources() { # FILE
	local own options=arch=amd64 main security
	# shellcheck source=/dev/null
	own=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	main=$(mirror "($own|stable)")
	security=$(mirror "($own|stable)-security")
	[ -n "$main" ] ||
		die "apt's sources here have no Debian ${own:-stable}, so no mirror to fetch $suite from"
	[ ! -r "$keyring" ] || options+=" signed-by=$keyring"
	{
		echo "deb [$options] $main $suite main"
		# Those two have no such parts.
		if [[ $suite != sid && $suite != *-backports ]]; then
			echo "deb [$options] $main $suite-updates main"
			[ -z "$security" ] ||
				echo "deb [$options] $security $suite-security main"
		fi
	} >"$1"
}

# The mirror from which this machine's apt takes a suite of its own.
mirror() { # REGEX
	need apt-get
	apt-get update --print-uris 2>/dev/null |
		sed -nE "s#^'(.*)/dists/$1/InRelease' .*#\1#p" | sort -u | head -n 1
}

# Brings package lists, where there are none or only old ones.
update_lists() {
	local log why
	if [ -z "$suite" ]; then
		[ "$(id -u)" = 0 ] ||
			die "apt's package lists are missing or old; as root, run apt-get update"
		flock "$cache/kernels/update.lock" apt-get update -qq >&2 ||
			die "apt-get update failed; its message is above"
		return
	fi
	log=$cache/suites/$suite/update.log
	if ! flock "$cache/suites/$suite/update.lock" \
		apt-get "${apt[@]}" update -q --error-on=any >"$log" 2>&1; then
		why=$(grep -m 1 -E '^[EW]: .*NO_PUBKEY' "$log" ||
			grep -m 1 '^E: ' "$log" || tail -n 1 "$log")
		[[ $why != *NO_PUBKEY* ]] ||
			why+=" (a newer debian-archive-keyring may have that key)"
		die "cannot fetch the package lists of Debian $suite: $why"
	fi
	touch "$cache/suites/$suite/updated"
}

# For an answer as of today.
update_old_lists() {
	[ -n "$(find "$cache/suites/$suite/updated" -mmin -720 2>/dev/null)" ] ||
		update_lists
}

# The packages that PACKAGE depends on, directly.
dependencies() { # PACKAGE
	apt-cache "${apt[@]}" depends --important "$1" 2>/dev/null |
		sed -n 's/^ *|\{0,1\}Depends: //p' || :
}

# The same, after a look at newer lists if there is no such package.
need_dependencies() { # PACKAGE
	local found
	need apt-cache
	found=$(dependencies "$1")
	if [ -z "$found" ]; then
		update_lists
		found=$(dependencies "$1")
	fi
	echo "$found"
}

# Fetches packages into the current folder. A list that is older than the
# archive names files that are gone, hence the second try.
download() { # PACKAGE...
	need apt-get dpkg
	apt-get "${apt[@]}" -qq download "$@" >&2 2>/dev/null && return
	update_lists
	apt-get "${apt[@]}" -qq download "$@" >&2 ||
		die "cannot fetch $*; apt-cache search linux-image lists the releases there are"
}

# Fetches packages and unpacks them together into a new folder.
unpack() { # FOLDER PACKAGE...
	local folder=$1 package
	shift
	mkdir -p "$folder/.packages"
	(cd "$folder/.packages" && download "$@") || exit
	for package in "$folder"/.packages/*.deb; do
		dpkg -x "$package" "$folder" || die "cannot unpack $package"
	done
	rm -r "$folder/.packages"
}
