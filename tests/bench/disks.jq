# What the rows of disk-session come to, for table.jq, document and agree.jq; of the
# array `disks` of build/bench.json.

include "stats";

# Instructions of the kernel for each request, in the order of the program; and
# those of loops that wait, which are not among them.
def disk_counts($disk):
	def each($side; $what):
		map(select(.side == $side))[0] | .[$what] / .counted;
	def each($side): each($side; "kernel");
	map(select(.kernel and .disk == $disk)) | group_by(.number)[] | {
		name: .[0].name, linux: each("linux"), enclave: each("enclave"),
		beside: each("beside"), polled: each("polled"),
		waits: {linux: each("linux"; "waits"),
			enclave: each("enclave"; "waits")}
	};

# MB/s, alone and beside a busy host, as spreads.
def disk_times($disk):
	def speed($side; $busy):
		map(select(.side == $side and .busy == $busy) |
			.bytes / .ns * 1000) | spread;
	def both($busy): {
		linux: speed("linux"; $busy), enclave: speed("enclave"; $busy),
		polled: speed("polled"; $busy)
	};
	map(select(.ns and (.kernel | not) and .disk == $disk)) |
	group_by(.number)[] | {name: .[0].name, alone: both(false), busy: both(true)};

# Microseconds, as spreads; own_us: without Linux's part; null: that is all.
def disk_changes:
	map(select(.change)) | group_by([.disk, .change])[] |
	{
		disk: .[0].disk, change: .[0].change, us: (map(.us) | spread),
		own_us: (if .[0].linux_us then map(.us - .linux_us) | spread
			else null end)
	};
