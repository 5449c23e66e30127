/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program needs of a kernel: see lib/needs.h. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/needs.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

enum { NETWORK, DEVICES, MOUNTS, MODULES, TRACES, REBOOTS, SWAPS, BPF, COUNTERS,
	NAMESPACES, WATCHES, PORTS, ACCOUNTS, GROUPS };

static const struct {
	const char *what;
	const char *calls;	/* with a space behind each */
} groups[GROUPS] = {
	[NETWORK] = { "uses the network", "" },
	[DEVICES] = { "uses devices", "" },
	[MOUNTS] = { "mounts file systems", "mount umount2 pivot_root fsopen "
		"fspick fsconfig fsmount move_mount open_tree mount_setattr " },
	[MODULES] = { "loads or removes kernel modules", "init_module "
		"finit_module delete_module " },
	[TRACES] = { "traces other processes", "ptrace " },
	[REBOOTS] = { "reboots or starts another kernel", "reboot kexec_load "
		"kexec_file_load " },
	[SWAPS] = { "manages swap space", "swapon swapoff " },
	[BPF] = { "loads BPF programs into the kernel", "bpf " },
	[COUNTERS] = { "measures with the kernel's performance counters",
		"perf_event_open " },
	[NAMESPACES] = { "makes or enters namespaces", "unshare setns " },
	[WATCHES] = { "watches whole file systems", "fanotify_init " },
	[PORTS] = { "uses I/O ports", "iopl ioperm " },
	[ACCOUNTS] = { "manages quotas or accounting", "quotactl quotactl_fd "
		"acct " },
};

/*
 * A part of a program is what it is about if at least one in so many of all the
 * functions that it takes from libraries is for that.
 */
#define SHARE	20

/* Libraries that are made for something, by the beginning of their names. */
static const struct {
	const char *name;
	int group;
} made_for[] = {
	{ "libcurl", NETWORK }, { "libip4tc", NETWORK },
	{ "libip6tc", NETWORK }, { "libmnl", NETWORK }, { "libnl-", NETWORK },
	{ "libnfnetlink", NETWORK }, { "libnftnl", NETWORK },
	{ "libnet.", NETWORK },
	{ "libpcap", NETWORK }, { "libssh", NETWORK },
	{ "libdevmapper", DEVICES }, { "libfuse", DEVICES },
	{ "libfuse", MOUNTS }, { "libmount", MOUNTS }, { "libkmod", MODULES },
	{ "libbpf", BPF }, { "libpfm", COUNTERS },
};

/* Where libraries are that any program may use: others are a program's own. */
static const char *const common[] = {
	"/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib",
	"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
	"/usr/local/lib/x86_64-linux-gnu",
};

/* Devices of which programs that name them have no use without. */
struct scan_word needs_strings[] = {
	{ "/dev/kvm", 0 }, { "/dev/mapper", 0 }, { "/dev/loop", 0 },
	{ "/dev/net/tun", 0 }, { "/dev/fuse", 0 }, { "/dev/vfio", 0 },
	{ "/dev/vhost", 0 }, { "/dev/mem", 0 }, { "/dev/port", 0 },
	{ "/dev/dri", 0 }, { "/dev/nvidia", 0 }, { "/dev/uinput", 0 },
	{ "/dev/watchdog", 0 }, { NULL, 0 },
};

enum { LOADS, LOADS_TOO, STARTS, STARTS_LAST = STARTS + 9,
	RESOLVES, RESOLVES_LAST = RESOLVES + 5 };

struct scan_word needs_functions[] = {
	[LOADS] = { "dlopen", 0 }, { "dlmopen", 0 },
	[STARTS] = { "execve", 0 }, { "execv", 0 }, { "execvp", 0 },
	{ "execvpe", 0 }, { "execl", 0 }, { "execlp", 0 },
	{ "posix_spawn", 0 }, { "posix_spawnp", 0 }, { "system", 0 },
	{ "popen", 0 },
	[RESOLVES] = { "getaddrinfo", 0 }, { "gethostbyname", 0 },
	{ "gethostbyname_r", 0 }, { "gethostbyname2", 0 },
	{ "gethostbyaddr", 0 }, { "getifaddrs", 0 },
	{ NULL, 0 },
};

/* C libraries, or programs as a rule, have something else to fall back on. */
static const char optional[] =
	" clone3 rseq io_uring_setup io_uring_enter io_uring_register "
	"landlock_create_ruleset landlock_add_rule landlock_restrict_self "
	"seccomp close_range openat2 faccessat2 statx fchmodat2 membarrier "
	"memfd_secret pidfd_getfd process_mrelease process_madvise "
	"process_vm_readv process_vm_writev futex_waitv epoll_pwait2 "
	"cachestat userfaultfd name_to_handle_at open_by_handle_at add_key "
	"request_key keyctl kcmp modify_ldt readahead sync_file_range splice "
	"tee vmsplice sched_setattr sched_getattr set_mempolicy_home_node "
	"migrate_pages move_pages ioprio_set ioprio_get clock_settime "
	"settimeofday adjtimex clock_adjtime sethostname setdomainname vhangup "
	"sendmmsg recvmmsg capget capset lookup_dcookie "
	"restart_syscall _sysctl sysfs ustat uselib ";

bool needs_is_optional(const char *call)
{
	char word[64];

	snprintf(word, sizeof(word), " %s ", call);
	return strstr(optional, word);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_common(const char *path)
{
	size_t length = (size_t)(base_name(path) - path);

	for (size_t i = 0; i < COUNT(common); i++)
		if (length == strlen(common[i]) + 1 &&
		    !strncmp(path, common[i], length - 1))
			return true;
	return strstr(path, "/glibc-hwcaps/");
}

/* The program's own code: itself, and libraries that are in no common place. */
static scan_images own_images(const struct scan *scan)
{
	scan_images own = scan_image_bit(0);

	for (size_t i = 1; i < scan->count && i < 63; i++)
		if (!scan->images[i].c_library &&
		    !is_common(scan->images[i].path))
			own |= scan_image_bit(i);
	return own;
}

static bool is_made_for(const struct image *image, int group)
{
	for (size_t m = 0; m < COUNT(made_for); m++)
		if (made_for[m].group == group &&
		    !strncmp(base_name(image->path), made_for[m].name,
			     strlen(made_for[m].name)))
			return true;
	return false;
}

/* Those that are made for what GROUP is about, if the program is, too. */
static scan_images images_made_for(const struct scan *scan, int group)
{
	const struct image *program = &scan->images[0];
	scan_images made = 0;
	size_t count = 0;

	for (size_t i = 1; i < scan->count && i < 63; i++) {
		if (!is_made_for(&scan->images[i], group))
			continue;
		made |= scan_image_bit(i);
		for (size_t n = 0; n < program->import_count; n++)
			if (image_symbol(&scan->images[i],
					 program->imports[n]))
				count++;
	}
	return count * SHARE < program->import_count ? 0 : made;
}

static scan_images images_for(const struct scan *scan, int group)
{
	return own_images(scan) | images_made_for(scan, group);
}

/* One more of what it does, by those images. */
static void add(struct needs *needs, int group, const char *how,
		scan_images by, bool decides)
{
	struct need *need = needs->list;
	size_t used;

	for (; need < needs->list + needs->count; need++)
		if (need->what == groups[group].what)
			break;
	if (need == needs->list + needs->count) {
		if (needs->count == NEEDS_MOST)
			return;
		needs->count++;
		need->what = groups[group].what;
	}
	used = strlen(need->how);
	snprintf(need->how + used, sizeof(need->how) - used, "%s%s",
		 used ? ", " : "", how);
	need->by |= by;
	need->decides |= decides;
}

static bool is_of(const char *call, const char *calls)
{
	size_t length = strlen(call);

	for (; *calls; calls += strcspn(calls, " ") + 1)
		if (!strncmp(calls, call, length) && calls[length] == ' ')
			return true;
	return false;
}

/* Namespaces, too, may be what an interpreter only offers. */
static void judge_calls(struct needs *needs, const struct scan *scan, int group)
{
	scan_images images = images_for(scan, group);

	for (size_t i = 0; i < CALLS; i++) {
		scan_images by = scan->calls[i] & images;

		if (by && calls[i].name && !calls[i].served &&
		    is_of(calls[i].name, groups[group].calls))
			add(needs, group, calls[i].name, by,
			    group != NAMESPACES || !needs->loads);
	}
}

static void judge_devices(struct needs *needs, const struct scan *scan)
{
	scan_images images = images_for(scan, DEVICES);

	for (const struct scan_word *w = scan->strings; w->text; w++)
		if (w->by & images)
			add(needs, DEVICES, w->text, w->by & images, true);
}

/* The network. */

/* AF_ALG has the kernel compute hashes, which programs can do, too. */
static bool is_served_family(size_t family)
{
	return family == AF_UNSPEC || family == AF_UNIX || family == AF_ALG;
}

static const char *family_name(size_t family)
{
	static const struct {
		size_t family;
		const char *name;
	} names[] = {
		{ AF_INET, "AF_INET" }, { AF_INET6, "AF_INET6" },
		{ AF_NETLINK, "AF_NETLINK" }, { AF_PACKET, "AF_PACKET" },
		{ AF_KEY, "AF_KEY" }, { AF_CAN, "AF_CAN" },
		{ AF_BLUETOOTH, "AF_BLUETOOTH" }, { AF_VSOCK, "AF_VSOCK" },
	};
	static char number[32];

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].family == family)
			return names[i].name;
	snprintf(number, sizeof(number), "address family %zu", family);
	return number;
}

static bool is_of_network(const char *function)
{
	static const char names[] =
		"socket connect bind listen accept accept4 send recv sendto "
		"recvfrom sendmsg recvmsg setsockopt getsockopt getsockname "
		"getpeername shutdown getaddrinfo freeaddrinfo getnameinfo "
		"gai_strerror getifaddrs freeifaddrs ";
	static const char *const starts[] = {
		"gethostby", "getservby", "getprotoby", "getnetby", "inet_",
		"if_", "res_", "__res_",
	};

	for (size_t i = 0; i < COUNT(starts); i++)
		if (!strncmp(function, starts[i], strlen(starts[i])))
			return true;
	return is_of(function, names);
}

static bool any_of(const struct scan *scan, int first, int last,
		   scan_images images)
{
	for (int i = first; i <= last; i++)
		if (scan->functions[i].by & images)
			return true;
	return false;
}

/* Many programs offer it beside what they are about. */
static bool is_about_network(const struct image *program)
{
	size_t count = 0;

	for (size_t i = 0; i < program->import_count; i++)
		count += is_of_network(program->imports[i]);
	return count * SHARE >= program->import_count;
}

/* Those that glibc uses itself; in a static program that cannot be told. */
static bool is_of_c_library(const struct scan *scan, size_t family)
{
	return scan->count == 1 && (family == AF_INET || family == AF_INET6 ||
				    family == AF_NETLINK);
}

/*
 * A family that is in the code, or that comes from a look-up of names.  What an
 * interpreter has it may only offer to those who ask for it.
 */
static void judge_network(struct needs *needs, const struct scan *scan)
{
	scan_images own = own_images(scan), images = images_for(scan, NETWORK);
	bool decides = images_made_for(scan, NETWORK) ||
		       (is_about_network(&scan->images[0]) && !needs->loads);
	scan_images by;

	for (size_t i = 0; i < SCAN_FAMILIES; i++) {
		by = scan->families[i] & images;
		if (by && !is_served_family(i))
			add(needs, NETWORK, family_name(i), by,
			    decides && !is_of_c_library(scan, i));
	}
	by = scan->unknown_family & own;
	if (by && any_of(scan, RESOLVES, RESOLVES_LAST, own))
		add(needs, NETWORK, "addresses looked up by name", by,
		    decides);
}

/*
 * Whoever does all of this himself is several programs, of which the first
 * argument or the name chooses one.
 */
static bool is_many(const struct needs *needs)
{
	static const int all[] = { NETWORK, MOUNTS, MODULES, REBOOTS, SWAPS };
	size_t found = 0;

	for (size_t i = 0; i < needs->count; i++)
		for (size_t n = 0; n < COUNT(all); n++)
			if (needs->list[i].what == groups[all[n]].what &&
			    needs->list[i].by & 1)
				found++;
	return found == COUNT(all);
}

void needs_judge(struct needs *needs, const struct scan *scan)
{
	scan_images own = own_images(scan);

	*needs = (struct needs){
		.loads = any_of(scan, LOADS, LOADS_TOO, own),
		.starts = any_of(scan, STARTS, STARTS_LAST, own),
	};
	judge_network(needs, scan);
	judge_devices(needs, scan);
	for (int i = 0; i < GROUPS; i++)
		judge_calls(needs, scan, i);
	needs->many = is_many(needs);
	for (size_t i = 0; i < needs->count; i++) {
		if (needs->many)
			needs->list[i].decides = false;
		needs->guest |= needs->list[i].decides;
	}
}
