# emulator.bash: tells a failure of the emulator from one of what runs in it.
# Sourced.
# shellcheck shell=bash

# The emulator (seen with QEMU 7.2) can execute an old translation of code that
# Linux changes while it runs: then Linux meets a breakpoint that is no longer
# there. On a processor that cannot be. A newer one (10.0) breaks assertions of
# its own now and then.
broke_by_emulator() { # CONSOLE ERRORS: of a run that failed
	grep -q 'Oops: int3' "$1" ||
		grep -q "^qemu-system.*: Assertion .* failed" "$2"
}
