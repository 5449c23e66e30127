# What the rows of disk-session come to, for table.jq and document; of the array
# `disks` of build/bench.json.

def median: sort | .[(length - 1) / 2 | floor];

# Instructions of the kernel for each request, in the order of the program.
def disk_counts($disk):
	def each($side):
		map(select(.side == $side))[0] | .kernel / .requests;
	map(select(.kernel and .disk == $disk)) | group_by(.number)[] | {
		name: .[0].name, linux: each("linux"), enclave: each("enclave"),
		beside: each("beside"), polled: each("polled")
	};

# MB/s of the medians, alone and beside a busy host.
def disk_times($disk):
	def speed($side; $busy):
		map(select(.side == $side and .busy == $busy)) |
		.[0].bytes / (map(.ns) | median) * 1000;
	def both($busy): {
		linux: speed("linux"; $busy), enclave: speed("enclave"; $busy),
		polled: speed("polled"; $busy)
	};
	map(select(.ns and (.kernel | not) and .disk == $disk)) |
	group_by(.number)[] | {name: .[0].name, alone: both(false), busy: both(true)};

# Microseconds, medians; own_us: without Linux's part; null: that is all.
def disk_changes:
	map(select(.change)) | group_by([.disk, .change])[] |
	{
		disk: .[0].disk, change: .[0].change, us: (map(.us) | median),
		own_us: (if .[0].linux_us then map(.us - .linux_us) | median
			else null end)
	};
