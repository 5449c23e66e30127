# From the sessions' samples (slurped), with $sizes and $lines: the report.

include "stats";

def of($what): map(select(.what == $what) | del(.what));

# What of a boot is not Linux's work.
def own_us: .total_us - .cpu_offline_us - .memory_offline_us;
def rest_us: own_us - .copy_us - .init_to_first_us - .first_to_ready_us;

def boots:
	map(. + {own_us: own_us, rest_us: rest_us}) as $boots |
	{
		samples: $boots,
		median: ($boots[0] | with_entries(.key as $key |
			.value = ($boots | map(.[$key]) | median))),
		own_share: ($boots | map(.own_us / .total_us) | median),
		first_own_share: ($boots[0].own_us / $boots[0].total_us)
	};

# Each kind of change: what Linux took of it and what we did.
def changes:
	group_by(.kind) | map({
		key: .[0].kind,
		value: {
			samples: length,
			linux_us: (map(.linux_us) | spread),
			own_us: (map(.total_us - .linux_us) | spread),
			total_us: (map(.total_us) | spread),
			own_share: (map((.total_us - .linux_us) /
				([.linux_us, 1] | max)) | median)
		}
	}) | from_entries;

def plains:
	group_by(.kind) | map({
		key: .[0].kind,
		value: {
			samples: length,
			off_us: (map(.off_us) | spread),
			on_us: (map(.on_us) | spread)
		}
	}) | from_entries;

def side($where):
	map(select(.where == $where).value) |
	{samples: .} + spread;

# The same on Linux, in the enclave, and on isolated CPUs if it was done there.
def both:
	{linux: side("linux"), enclave: side("enclave")} +
	if any(.where == "isolated") then {isolated: side("isolated")} else {} end |
	. + {ratio: (.enclave.median / .linux.median)};

# By the number of threads, which is at the end of what was measured.
def by_threads($what):
	map(select(.what | test("^" + $what + "-[0-9]+$"))) | group_by(.what) |
	map({key: (.[0].what | ltrimstr($what + "-")), value: both}) |
	from_entries;

{
	machine: of("machine")[0],
	boot: (of("boot") | boots),
	change: (of("change") | changes),
	plain: (of("plain") | plains),
	getpid_ns: (of("getpid") | both),
	getpid_busy_ns: (of("getpid-busy") | both),
	pipe_bytes_per_s: (of("pipe") | both),
	run_us: (of("run") | both),
	cg_ns: by_threads("cg"),
	cg_busy_ns: by_threads("cg-busy"),
	triad_ns: by_threads("triad"),
	triad_busy_ns: by_threads("triad-busy"),
	memory: of("memory")[0],
	bytes: $sizes,
	lines: $lines
}
