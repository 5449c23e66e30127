# Two reports, $a and $b, each in an array: the lines of agree.

include "stats";
include "disks";

def row($kind; $name; $value): {kind: $kind, name: $name, value: $value};

def times($name): row("times"; $name; .);
def sides($name): to_entries[] | select(.value | type == "object") |
	.key as $side | .value | times("\($name), \($side)");
def threads($report; $name): $report[$name] // {} | to_entries[] |
	.key as $threads | .value | sides("\($name), \($threads) threads");

# The enclave's kernel reads the clock in them; which of its page's lines is valid
# then is a matter of time.
def reads_clock: IN("clock_gettime by system call", "pthread create and join",
	"nanosleep of 50 us", "fork, exit, wait", "fork, exec, exit, wait");

def call_rows:
	.calls // [] | .[] |
	(if .name | startswith("nanosleep") then "waits of linux"
	else "linux" end) as $linux |
	row(if .name | startswith("futex") then "linux"
	elif .name | reads_clock then "clock" else "exact" end;
		"\(.name), enclave"; .enclave.kernel),
	row($linux; "\(.name), Linux"; .linux.kernel),
	row($linux; "\(.name), isolated"; .isolated.kernel);

def noise_rows:
	def entries: map(.cpus[] | .calls + .others) | add;
	.noise // [] | group_by([.kernel, .load, .side, (.cpus | length)])[] |
	(.[0] | "\(.load), \(.side), \(.cpus | length) CPUs, \(.kernel)") as $name |
	if .[0].side == "enclave" then row("exact"; $name; entries)
	elif .[0].event then empty
	else row("entries"; $name; entries / length) end;

def disk_rows($disk):
	.disks // empty |
	(disk_counts($disk) |
		row("requests"; "\($disk), \(.name)"; .enclave),
		row("requests"; "\($disk), \(.name), beside"; .beside),
		row("waits of linux"; "\($disk), \(.name), Linux"; .linux)),
	(disk_times($disk) | .name as $name |
		(.alone | sides("\($disk), \($name)")),
		(.busy | sides("\($disk), \($name), busy host")));

def time_rows:
	. as $report |
	(.boot // empty | .samples | map(.total_us) | spread | times("boot")),
	(.change // {} | to_entries[] | .key as $name | .value |
		(.linux_us | times("\($name), Linux")),
		(.own_us | times("\($name), ours"))),
	(.plain // {} | to_entries[] | .key as $name | .value |
		(.off_us | times("\($name) off")), (.on_us | times("\($name) on"))),
	(("getpid_ns", "getpid_busy_ns", "pipe_bytes_per_s", "run_us") as $name |
		.[$name] // {} | sides($name)),
	threads($report;
		"cg_ns", "cg_busy_ns", "triad_ns", "triad_busy_ns"),
	(.disks // [] | disk_changes | "\(.disk), \(.change)" as $name |
		.us | times($name));

def rows:
	call_rows, noise_rows, disk_rows("nvme", "ahci"), time_rows,
	(("memory", "bytes", "lines") as $name | select(.[$name]) |
		row("exact"; $name; .[$name]));

def within($factor): ([.[]] | max) <= ([.[]] | min) * $factor;

def agrees($kind):
	if $kind == "exact" then .[0] == .[1]
	elif $kind == "clock" then within(1.02)
	elif $kind == "requests" then within(1.05)
	elif $kind == "linux" then within(1.25)
	elif $kind == "waits of linux" then within(2.5)
	elif $kind == "entries" then within(2) or (max - min <= 30)
	else .[0].min <= .[1].max and .[1].min <= .[0].max end;

($a[0] | [rows]) as $a | ($b[0] | [rows]) as $b |
if ($a | map(.name)) != ($b | map(.name)) then error("these have not the same rows")
else . end |
def shown: if type == "object" and .median then
	[.median, .min, .max] | map(. * 100 | round / 100) |
	"\(.[0]) (\(.[1]) to \(.[2]))" else tojson end;

[range($a | length) as $i | $a[$i] |
	{kind, name, values: [.value, $b[$i].value]} |
	.agrees = (.kind as $kind | .values | agrees($kind))] |
# Of so many times some lie apart by chance: see agree.
(map(select(.kind == "times")) | (map(select(.agrees | not)) | length) * 100 <= length)
	as $by_chance |
(map(select(.agrees | not))[] |
	(if .kind == "times" and $by_chance then "apart" else "differs" end) +
	": \(.name): \(.values | map(shown) | join(" and "))"),
(group_by(.kind)[] |
	"\(.[0].kind): \(map(select(.agrees)) | length) of \(length) agree")
