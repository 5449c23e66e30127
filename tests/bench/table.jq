# The report as lines for people: a heading, or label, value and note with tabs
# between them.

include "disks";

def round($digits): . * pow(10; $digits) | round / pow(10; $digits);
def fixed($digits):
	round($digits) | tostring |
	if $digits == 0 or test("\\.") then . else . + ".0" end;
def ms: . / 1000 | fixed(1);
def right($width): (" " * ([$width - length, 0] | max) // "") + .;
def row($name; $value; $note): "\($name)\t\($value)\t\($note)";
def row($name; $value): row($name; $value; "");

def compare(value; $unit):
	row("Linux"; .linux.median | value; $unit),
	(.isolated // empty | row("isolated Linux"; .median | value; $unit)),
	row("enclave"; .enclave.median | value; $unit),
	row("enclave / Linux"; .ratio | round(2));

def spread: "\(.median / 1000 | ms) ms (\(.min / 1000 | ms) to \(.max / 1000 | ms))";

def parallel($name):
	to_entries[] | row("\($name), \(.key) threads";
		.value.ratio | fixed(2);
		"  \(.value | [.linux, .isolated, .enclave | spread] | join(", "))");

def times:
	(.boot.median) as $boot | (.boot.samples | map(.total_us)) as $totals |

	"Emulated times: compare them inside this run only. The build machine has " +
	"\(.host.cpus) CPUs and had a load of \(.host.load).",

	"Boot latency, median of \($totals | length)",
	row("Linux: CPU offline"; $boot.cpu_offline_us | ms; "ms"),
	row("Linux: memory offline"; $boot.memory_offline_us | ms; "ms"),
	row("copying"; $boot.copy_us | ms; "ms"),
	row("INIT to first instruction"; $boot.init_to_first_us | ms; "ms"),
	row("first instruction to ready"; $boot.first_to_ready_us | ms; "ms"),
	row("ledger, nodes, first request"; $boot.rest_us | ms; "ms"),
	row("the whole"; $boot.total_us | ms;
		"ms  (\($totals | min | ms) to \($totals | max | ms))"),
	row("our share, all but Linux's"; .boot.own_share * 100 | fixed(0); "%"),
	row("the first boot alone"; .boot.samples[0].total_us | ms;
		"ms, our share \(.boot.first_own_share * 100 | fixed(0)) %"),

	"Changes while it runs: Linux\u0027s own part, ours, and ours by Linux\u0027s (medians); " +
	"the HPDC 2015 paper\u0027s figure for the whole",
	(.change | to_entries[] | row("\(.key) (\(.value.samples))";
		.value.linux_us.median | ms;
		"ms + \(.value.own_us.median | ms) ms: \(.value.own_share | fixed(2))" +
		({"add-cpu": "  (33.74 ms)", "add-mem": "  (82.66 ms)"}[.key] // ""))),
	"The same machine\u0027s plain offline and online, median",
	(.plain | to_entries[] | row("\(.key) (\(.value.samples))";
		.value.off_us.median | ms; "ms off, \(.value.on_us.median | ms) ms on")),

	"getpid() in a loop, median of \(.getpid_ns.linux.samples | length)",
	(.getpid_ns | compare(fixed(1); "ns a call")),
	"The same beside a busy host",
	(.getpid_busy_ns | compare(fixed(1); "ns a call")),

	(.pipe_bytes_per_s.linux.samples | length |
		"100 MB in and out by pipes through cat, median of \(.)"),
	(.pipe_bytes_per_s | compare(. / 1000000 | fixed(1); "MB/s")),

	"A program that does nothing, median of \(.run_us.linux.samples | length)",
	(.run_us | compare(ms; "ms")),

	(.cg_ns["1"].linux.samples | length |
		"OpenMP on the same CPUs, an iteration or round: enclave by Linux; " +
		"Linux, isolated Linux and enclave, median of \(.) (and range)"),
	(.cg_ns | parallel("conjugate gradients")),
	(.cg_busy_ns | parallel("the same, busy host")),
	(.triad_ns | parallel("triad, 3 x 4 MiB")),
	(.triad_busy_ns | parallel("the same, busy host")),

	"Memory of the enclave",
	row("granted"; .memory.total / 1048576 | fixed(0); "MiB"),
	row("taken by the co-kernel itself"; .memory.kernel / 1024 | fixed(0); "KiB"),

	"Size",
	(.bytes | to_entries[] | row(.key; .value / 1024 | fixed(0); "KiB")),

	"Lines of code, without blanks and comments",
	(.lines | to_entries[] | row(.key; .value)),
	row("in all"; [.lines[]] | add);

# Instructions in the kernel for each time, on both CPUs.
def calls:
	"Kernel instructions for each of: Linux, isolated Linux, enclave, and enclave " +
	"by Linux",
	(.calls[] | .times as $times |
		row(.name; .linux.kernel / $times | fixed(0);
			([.isolated, .enclave | .kernel / $times | fixed(0) |
				right(9)] | join(" ")) +
			"  \(.enclave.kernel / .linux.kernel | round(3))"));

# The mean run of several. Each: entries for each of the load's operations.
def mean_run:
	(map(.cpus[] | .calls + .others) | add) as $entries |
	(map(.operations) | add) as $operations |
	{
		entries: ($entries / length),
		kernel: ((map(.cpus[].kernel) | add) / length),
		each: (if $operations > 0 then $entries / $operations else null end)
	};

def runs($side; $cpus):
	map(select(.side == $side and (.cpus | length) == $cpus)) |
	if . == [] then null else mean_run end;

def in_order(value): reduce (.[] | value) as $value ([];
	if index([$value]) then . else . + [$value] end);

def number: if . == floor then tostring else fixed(2) end;
def cell: if . then "\(.entries | number) (\(.kernel | fixed(0)))" else "-" end;

def noise_row($name):
	[runs("linux"; 1), runs("isolated"; 1), runs("enclave"; 1),
		runs("enclave"; 4)] as $runs |
	($runs | map(cell | right(15))) as $cells |
	row($name; $cells[0]; $cells[1:] + [$runs[1].each // empty |
		"  \(number) each"] | join(" "));

# What had to be counted once: entries by calls, and others, on each CPU.
def counted($side):
	map(select(.side == $side) | [.cpus[] | "\(.calls)+\(.others)"] |
		join(" ")) | join(", ");

def noise:
	.noise | in_order(.kernel)[] as $kernel |
	map(select(.kernel == $kernel)) |
	(map(select(.event | not))) as $loads |
	(map(select(.event))) as $events |

	"Entries into the kernel while a program computes (and the kernel\u0027s " +
	"instructions), \($kernel); on isolated Linux also for each operation",
	row(""; "Linux" | right(15); ["isolated", "enclave, 1 CPU", "4 CPUs"] |
		map(right(15)) | join(" ")),
	($loads | in_order(.load)[] as $load |
		map(select(.load == $load)) | noise_row($load)),
	($loads | map(select(.side == "enclave")) |
		row("enclave, all \(length) runs"; map(.cpus[] | .calls + .others) |
			add; "entries")),

	"What has to be counted once, calls + others of two CPUs each: isolated, enclave",
	($events | in_order(.load)[] as $load | map(select(.load == $load)) |
		row($load; counted("isolated"); " \(counted("enclave"))"));

def disk_count_rows($disk):
	disk_counts($disk) |
	row(.name; .linux | fixed(0);
		"\(.enclave | fixed(0))  \(.enclave / .linux | round(3))  \(
		.beside / .enclave | round(3))  \(.polled | fixed(0))  \(
		.waits.linux | fixed(0))  \(.waits.enclave | fixed(0))");

def disk_time_rows($disk):
	disk_times($disk) |
	(.alone, .busy) |= map_values(.median) |
	row(.name; .alone.linux | fixed(1); [
		.alone.enclave / .alone.linux, .alone.polled / .alone.linux,
		.busy.linux / .alone.linux, .busy.enclave / .alone.enclave,
		.busy.polled / .alone.polled
	] | map(fixed(2)) | join("  "));

def disk_change_rows:
	disk_changes |
	row("\(.disk), \(.change)"; .us.median | ms;
		"ms" + if .own_us then ", \(.own_us.median | ms) of them ours"
			else "" end);

def disks:
	.disks |
	(("nvme", "ahci") as $disk |
		"Kernel instructions for each request to \($disk): Linux, enclave, " +
		"enclave by Linux; beside others\u0027 busy disks by alone; polled, " +
		"with the loop\u0027s turns; and in loops that wait: Linux, enclave",
		disk_count_rows($disk)),
	(("nvme", "ahci") as $disk |
		"\($disk): MB/s of Linux, median; by that: enclave, polled; and beside " +
		"a busy host by alone: Linux, enclave, polled",
		disk_time_rows($disk)),
	"A PCI function changes hands, median; Linux\u0027s own unbind and bind",
	disk_change_rows;

if .boot then times else empty end,
if .calls then calls else empty end,
if .disks then disks else empty end,
if .noise then noise else empty end
