/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * callfuzz SECONDS SEED: several processes call whatever number there is with
 * arguments that are often nearly right and often hostile; they are killed and
 * begun anew meanwhile.  For enclaves only: a Linux would not live through it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES	8
#define ROOM		65536
#define NUMBERS		470	/* of calls; Linux 6.1 ends at 451 */
#define CHILD_CALLS	30	/* what a child that a call made does */

#define LENGTH(array)	((long)(sizeof(array) / sizeof((array)[0])))

static uint64_t state;
static char *room;		/* ROOM bytes, then nothing */
static char *readable;		/* a page */
static pid_t parent;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static long below(long n)
{
	return (long)(next() % (uint64_t)n);
}

/*
 * What the arguments of calls are: a address, f descriptor, p path, n length or
 * offset, i number or flags, s signal, t process or thread, m page of memory.
 * A call that is not here gets any.
 */
static const struct {
	short number;
	const char *kinds;
} calls[] = {
#define C(name, kinds) { SYS_##name, kinds }
	C(read, "fan"), C(write, "fan"), C(open, "pii"), C(openat, "fpii"),
	C(openat2, "fpan"), C(creat, "pi"), C(close, "f"),
	C(close_range, "ffi"), C(stat, "pa"), C(fstat, "fa"), C(lstat, "pa"),
	C(newfstatat, "fpai"), C(statx, "fpiia"), C(lseek, "fni"),
	C(pread64, "fann"), C(pwrite64, "fann"), C(readv, "fai"),
	C(writev, "fai"), C(preadv, "fainn"), C(pwritev, "fainn"),
	C(preadv2, "fainni"), C(pwritev2, "fainni"), C(access, "pi"),
	C(faccessat, "fpi"), C(faccessat2, "fpii"), C(dup, "f"),
	C(dup2, "ff"), C(dup3, "ffi"), C(fcntl, "fia"), C(fcntl, "fii"),
	C(fcntl, "fif"), C(ioctl, "fia"), C(ioctl, "fii"),
	C(ftruncate, "fn"), C(truncate, "pn"), C(getdents, "fan"),
	C(getdents64, "fan"), C(getcwd, "an"), C(chdir, "p"),
	C(fchdir, "f"), C(chroot, "p"), C(mkdir, "pi"), C(mkdirat, "fpi"),
	C(rmdir, "p"), C(unlink, "p"), C(unlinkat, "fpi"),
	C(rename, "pp"), C(renameat, "fpfp"), C(renameat2, "fpfpi"),
	C(link, "pp"), C(linkat, "fpfpi"), C(symlink, "pp"),
	C(symlinkat, "pfp"), C(readlink, "pan"), C(readlinkat, "fpan"),
	C(chmod, "pi"), C(fchmod, "fi"), C(fchmodat, "fpi"),
	C(chown, "pii"), C(fchown, "fii"), C(lchown, "pii"),
	C(fchownat, "fpiii"), C(umask, "i"), C(utimensat, "fpai"),
	C(utime, "pa"), C(utimes, "pa"), C(futimesat, "fpa"),
	C(mknod, "pii"), C(mknodat, "fpii"), C(pipe, "a"), C(pipe2, "ai"),
	C(poll, "aii"), C(ppoll, "aiaai"), C(select, "iaaaa"),
	C(pselect6, "iaaaaa"), C(sendfile, "ffan"),
	C(copy_file_range, "fafani"), C(splice, "fmfmni"), C(tee, "ffni"),
	C(vmsplice, "faii"), C(fsync, "f"), C(fdatasync, "f"), C(sync, ""),
	C(syncfs, "f"), C(fadvise64, "fnni"), C(readahead, "fnn"),
	C(sync_file_range, "fnni"),
	C(fallocate, "finn"), C(statfs, "pa"), C(fstatfs, "fa"),
	C(flock, "fi"), C(getxattr, "ppan"), C(fgetxattr, "fpan"),
	C(setxattr, "ppani"), C(fsetxattr, "fpani"), C(removexattr, "pp"),
	C(fremovexattr, "fp"), C(listxattr, "pan"), C(flistxattr, "fan"),
	C(memfd_create, "pi"),
	C(mmap, "mniifn"), C(mmap, "mniifn"), C(munmap, "mn"),
	C(mprotect, "mni"), C(brk, "m"), C(mremap, "mnnim"),
	C(madvise, "mni"), C(mincore, "mna"), C(msync, "mni"),
	C(mlock, "mn"), C(mlock2, "mni"), C(munlock, "mn"),
	C(mlockall, "i"), C(munlockall, ""), C(membarrier, "iii"),
	C(mbind, "mniaii"), C(set_mempolicy, "iai"),
	C(get_mempolicy, "aaimi"), C(move_pages, "tiaaai"),
	C(process_vm_readv, "taiaii"), C(process_vm_writev, "taiaii"),
	C(clone, "iaaaa"), C(clone3, "an"), C(fork, ""), C(vfork, ""),
	C(execve, "paa"), C(execveat, "fpaai"), C(wait4, "taia"),
	C(waitid, "itaia"), C(pidfd_open, "ti"), C(pidfd_getfd, "ffi"),
	C(kcmp, "ttiff"), C(getpgid, "t"),
	C(setpgid, "tt"), C(getsid, "t"), C(setsid, ""),
	C(getresuid, "aaa"), C(getresgid, "aaa"), C(setuid, "i"),
	C(setgid, "i"), C(setreuid, "ii"), C(setregid, "ii"),
	C(setresuid, "iii"), C(setresgid, "iii"), C(setfsuid, "i"),
	C(setfsgid, "i"), C(getgroups, "ia"), C(setgroups, "ia"),
	C(capget, "aa"), C(capset, "aa"),
	C(set_tid_address, "a"), C(set_robust_list, "an"),
	C(get_robust_list, "taa"), C(rseq, "anii"), C(arch_prctl, "ia"),
	C(prctl, "iaaaa"), C(prctl, "iiiii"), C(personality, "i"),
	C(sched_yield, ""), C(sched_getaffinity, "tna"),
	C(sched_setaffinity, "tna"), C(sched_getscheduler, "t"),
	C(sched_setscheduler, "tia"), C(sched_getparam, "ta"),
	C(sched_setparam, "ta"), C(sched_setattr, "tai"),
	C(sched_getattr, "tani"), C(sched_get_priority_max, "i"),
	C(sched_rr_get_interval, "ta"), C(getcpu, "aaa"),
	C(getpriority, "it"), C(setpriority, "iti"), C(ioprio_set, "iti"),
	C(ioprio_get, "it"), C(futex, "aiiaai"),
	C(futex, "aiiaai"), C(kill, "ts"), C(tkill, "ts"),
	C(tgkill, "tts"), C(rt_sigqueueinfo, "tsa"),
	C(rt_tgsigqueueinfo, "ttsa"), C(pidfd_send_signal, "fsai"),
	C(rt_sigaction, "saai"), C(rt_sigprocmask, "iaai"),
	C(rt_sigpending, "ai"), C(rt_sigsuspend, "ai"),
	C(rt_sigtimedwait, "aaai"), C(rt_sigreturn, ""),
	C(sigaltstack, "aa"), C(alarm, "i"), C(setitimer, "iaa"),
	C(getitimer, "ia"), C(nanosleep, "aa"), C(clock_nanosleep, "iiaa"),
	C(clock_gettime, "ia"), C(clock_getres, "ia"),
	C(clock_settime, "ia"), C(settimeofday, "aa"),
	C(gettimeofday, "aa"), C(time, "a"), C(times, "a"),
	C(timer_create, "iaa"), C(timer_settime, "iiaa"),
	C(timer_gettime, "ia"), C(timer_getoverrun, "i"),
	C(timer_delete, "i"), C(uname, "a"), C(sysinfo, "a"),
	C(getrlimit, "ia"), C(setrlimit, "ia"), C(prlimit64, "tiaa"),
	C(getrusage, "ia"), C(getrandom, "ani"), C(syslog, "iai"),
	C(epoll_create, "i"), C(epoll_create1, "i"),
	C(epoll_ctl, "fifa"), C(epoll_wait, "faii"),
	C(epoll_pwait, "faiiai"), C(epoll_pwait2, "faiaai"),
	C(eventfd2, "ii"), C(signalfd4, "faii"), C(timerfd_create, "ii"),
	C(timerfd_settime, "fiaa"), C(timerfd_gettime, "fa"),
	C(socket, "iii"), C(socketpair, "iiia"), C(bind, "fai"),
	C(listen, "fi"), C(accept, "faa"), C(accept4, "faai"),
	C(connect, "fai"), C(getsockname, "faa"), C(getpeername, "faa"),
	C(shutdown, "fi"), C(getsockopt, "fiiaa"), C(setsockopt, "fiiai"),
	C(sendto, "faniai"), C(recvfrom, "faniaa"), C(sendmsg, "fai"),
	C(sendmmsg, "faii"), C(recvmsg, "fai"), C(recvmmsg, "faiia"),
	C(shmget, "ini"), C(shmat, "imi"), C(shmdt, "m"),
	C(shmctl, "iia"), C(semget, "iii"), C(semop, "iai"),
	C(semtimedop, "iaia"), C(semctl, "iiia"), C(msgget, "ii"),
	C(msgsnd, "iani"), C(msgrcv, "ianii"), C(msgctl, "iia"),
	C(mq_open, "piia"), C(mq_unlink, "p"), C(mq_timedsend, "fania"),
	C(mq_timedreceive, "fanaa"), C(mq_notify, "fa"),
	C(mq_getsetattr, "faa"),
#undef C
};

static long number(void)
{
	static const long odd[] = {
		-1, 4095, 4096, 32767, 65536, INT32_MAX, INT32_MIN, INT64_MAX,
		INT64_MIN, AT_FDCWD, 1l << 32, 1l << 47, -4096,
	};

	switch (below(8)) {
	case 0:
		return odd[below(LENGTH(odd))];
	case 1:
		return 1l << below(64);
	case 2:
		return 1l << below(24) | 1l << below(24);
	case 3:
		return (long)next();
	case 4:
		return below(0x6000);		/* of ioctl(2): terminals */
	default:
		return below(24);
	}
}

static long address(void)
{
	static const unsigned long odd[] = {
		0, 1, 0xfff, 0x400000, 0x7fffffffe000, 0x7ffffffff000,
		0x7fffffffffff, 0x800000000000, 0xffff7fffffffffff,
		0xffff800000000000, 0xffffffff80000000, 0xffffffff80100000,
		0xfffffffffffff000, ~0ul, 0xfee00000,
	};
	long at;

	switch (below(8)) {
	case 0:
		return (long)odd[below(LENGTH(odd))];
	case 1:
		return (long)(room + ROOM - below(80));	/* across its end */
	case 2:
		return (long)(readable + below(4096));
	case 3:
		return (long)&at;
	default:
		return (long)(room + (below(ROOM - 4096) & ~7));
	}
}

static long page(void)
{
	switch (below(4)) {
	case 0:
		return address();
	case 1:
		return 0;
	default:
		return 0x200000000000 + below(64) * 4096 +
			(below(8) ? 0 : below(8) << 21);
	}
}

static long length(void)
{
	switch (below(4)) {
	case 0:
		return number();
	case 1:
		return below(64) * 4096;
	case 2:
		return below(4) << 21;
	default:
		return below(5000);
	}
}

static long path(void)
{
	static const char *const paths[] = {
		"a", "b", "c", "a/b", "a/c", "b/..", ".", "..", "/", "", "a/",
		"/proc/self/maps", "/proc/self/mem", "/proc/self/fd/3",
		"/proc/self/exe", "/proc/self/fd", "/proc/1/stat", "/proc",
		"/dev/zero", "/dev/null", "/dev/full", "/dev/urandom",
		"/dev/ptmx", "/dev/tty", "/dev/pts/0", "/dev/shm/x", "/sys",
		"/sys/devices/system/cpu/online", "user.name", "/tmp/s",
		"/callfuzz",
	};

	return below(8) ? (long)paths[below(LENGTH(paths))] : address();
}

/* Never one that ends the parent. */
static long process(void)
{
	long pid;

	switch (below(4)) {
	case 0:
		pid = getpid();
		break;
	case 1:
		pid = parent + 1 + below(100);
		break;
	case 2:
		pid = 0;	/* our own, or our group */
		break;
	default:
		pid = number();
	}
	return (int)pid == parent || (int)pid == -1 || (int)pid == -parent ?
		getpid() : pid;
}

static long argument(char kind)
{
	if (below(16) == 0 && kind != 't')
		kind = "afpnism"[below(7)];
	switch (kind) {
	case 'a':
		return address();
	case 'f':
		return below(8) ? below(24) : number();
	case 'p':
		return path();
	case 'n':
		return length();
	case 's':
		return below(8) ? 1 + below(64) : number();
	case 't':
		return process();
	case 'm':
		return page();
	default:
		return number();
	}
}

/* Numbers, addresses, lengths, texts: what structures are made of. */
static void fill(void)
{
	long at = below(ROOM - 256) & ~7;

	for (int i = 0; i < 32; i++) {
		uint64_t value = (uint64_t)(below(2) ? number() : address());

		if (below(2))
			value = (uint64_t)below(16) | (uint64_t)below(16) << 32;
		memcpy(room + at + i * 8, &value, 8);
	}
	if (below(4) == 0)
		strcpy(room + at, "/tmp/s");
	if (below(4) == 0)
		memcpy(room + at, "\1\0/tmp/s", 9);	/* AF_UNIX */
}

/* SYSCALL with what a program may have in the registers besides. */
static void call_strangely(long call, const long *arguments)
{
	static uint64_t before;		/* %rsp */
	register long fourth asm("r10") = arguments[3];
	register long fifth asm("r8") = arguments[4];
	register long sixth asm("r9") = arguments[5];
	register long stack asm("r12") = address();
	register long flags asm("r13") = (long)next() & 0x244dd5;

	asm volatile("movq %%rsp, %[before]\n\t"
		     "pushq %[flags]\n\t"
		     "popfq\n\t"
		     "movq %[stack], %%rsp\n\t"
		     "syscall\n\t"
		     "movq %[before], %%rsp\n\t"
		     "pushq $0x202\n\t"
		     "popfq"
		     : "+a"(call), [before] "+m"(before)
		     : "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]),
		       "r"(fourth), "r"(fifth), "r"(sixth),
		       [stack] "r"(stack), [flags] "r"(flags)
		     : "rcx", "r11", "memory", "cc");
}

/* With arguments that are not of process(). */
static bool could_end_parent(long number)
{
	static const short those[] = {
		SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo,
		SYS_rt_tgsigqueueinfo, SYS_pidfd_open, SYS_prlimit64,
		SYS_process_vm_writev,
	};

	for (int i = 0; i < LENGTH(those); i++)
		if (number == those[i])
			return true;
	return false;
}

static void call(void)
{
	long arguments[6], number = below(NUMBERS);
	const char *kinds = "";

	if (below(16)) {
		long which = below(LENGTH(calls));

		number = calls[which].number;
		kinds = calls[which].kinds;
	}
	if (!*kinds && could_end_parent(number))
		return;
	for (int i = 0; i < 6; i++)
		arguments[i] = *kinds ? argument(*kinds++) :
			argument("afpnism"[below(7)]);
	if (below(32) == 0)
		call_strangely(number, arguments);
	else
		syscall(number, arguments[0], arguments[1], arguments[2],
			arguments[3], arguments[4], arguments[5]);
}

/* One descriptor of each kind, from 3 on. */
static void open_some(void)
{
	static const char *const names[] = {
		"a", ".", "/dev/zero", "/proc/self/maps", "/dev/ptmx", "/proc",
	};
	sigset_t set;
	int fds[2];

	for (int i = 0; i < LENGTH(names); i++)
		if (open(names[i], O_RDWR | O_CREAT, 0666) < 0)
			open(names[i], O_RDONLY);
	pipe(fds);
	socketpair(AF_UNIX, (int)(1 + below(2)), 0, fds);
	socket(AF_UNIX, SOCK_STREAM, 0);
	epoll_create1(0);
	eventfd(0, 0);
	timerfd_create(CLOCK_MONOTONIC, 0);
	sigfillset(&set);
	signalfd(-1, &set, 0);
	syscall(SYS_memfd_create, "m", 2);
	syscall(SYS_pidfd_open, getpid(), 0);
}

static void handle(int signal)
{
	(void)signal;
}

/* What a child of some call does: some more, and an end. */
static void go_on_as_child(void)
{
	for (int i = 0; i < CHILD_CALLS; i++) {
		fill();
		call();
	}
	syscall(SYS_exit_group, 0);
}

/*
 * Our streams are the parent's, for what it has to say at the end.  Where memory
 * is scarce there may be none for another file.
 */
static void be_silent(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
}

static void run(uint64_t seed)
{
	struct sigaction action = { .sa_handler = handle };
	pid_t self = getpid();

	state = seed * 0x9e3779b97f4a7c15 + 1;
	setsid();
	be_silent();
	if (below(4)) {
		struct rlimit files = { 4 << 20, 4 << 20 };
		struct rlimit space = { 256 << 20, 256 << 20 };
		struct rlimit processes = { 50, 50 };

		setrlimit(RLIMIT_FSIZE, &files);
		setrlimit(RLIMIT_AS, &space);
		setrlimit(RLIMIT_NPROC, &processes);
	}
	if (below(2))
		for (int signal = 1; signal <= 64; signal++)
			if (signal != SIGSEGV && signal != SIGBUS)
				sigaction(signal, &action, NULL);
	if (below(2))
		syscall(SYS_setresuid, 1000, 1000, below(2) ? 0 : 1000);
	open_some();
	for (;;) {
		fill();
		call();
		if (syscall(SYS_getpid) != self || syscall(SYS_gettid) != self)
			go_on_as_child();
	}
}

static pid_t start(uint64_t seed)
{
	pid_t pid = fork();

	if (pid == 0)
		run(seed);
	return pid;
}

static void prepare(void)
{
	struct sched_param highest = { .sched_priority = 99 };

	room = mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	readable = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	if (room == MAP_FAILED || readable == MAP_FAILED ||
	    mprotect(room + ROOM, 4096, PROT_NONE) ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1)) {
		perror("callfuzz");
		exit(1);
	}
	mkdir("/tmp", 0777);
	/* Whatever they make of themselves, we go on. */
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &highest);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

int main(int argc, char **argv)
{
	struct timespec tick = { 0, 50000000 };
	struct utsname name;
	unsigned long turns = 0, begun = 0, failed = 0;
	pid_t pids[PROCESSES] = { 0 };
	uint64_t seed;
	time_t end;

	/* Of our own processes one may execute us, and we kill all others. */
	if (argc != 3) {
		fprintf(stderr, "usage: callfuzz SECONDS SEED\n");
		return 2;
	}
	if (uname(&name) || !strstr(name.version, "pisces")) {
		fprintf(stderr, "callfuzz: only in an enclave\n");
		return 2;
	}
	parent = getpid();
	end = seconds() + atoi(argv[1]);
	seed = strtoul(argv[2], NULL, 0);
	prepare();
	for (; seconds() < end; turns++) {
		int which = (int)(turns % PROCESSES);

		if (turns % 64 == 63)
			kill(-1, SIGKILL);
		if (pids[which] > 0)
			kill(pids[which], SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		pids[which] = start(seed++);
		begun += pids[which] > 0;
		failed += pids[which] < 0;
		nanosleep(&tick, NULL);
	}
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	printf("%lu begun, %lu not for lack of memory\n", begun, failed);
	return 0;
}
