/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system calls that there are, by family.  SYSCALL_LIST(X) expands to
 * X(name) for each: sys/table.c makes the table of it, this header the
 * declarations.
 */
#ifndef SYS_CALLS_H
#define SYS_CALLS_H

#include <sys/syscall.h>

/* sys/file*.c, xattr.c */
#define SYSCALL_LIST_FILE(X) \
	X(read) X(write) X(open) X(openat) X(openat2) X(creat) X(close) \
	X(close_range) X(stat) X(fstat) \
	X(lstat) X(newfstatat) X(statx) X(lseek) X(pread64) X(pwrite64) \
	X(readv) X(writev) X(preadv) X(pwritev) X(preadv2) X(pwritev2) \
	X(access) X(faccessat) X(faccessat2) X(dup) X(dup2) X(dup3) \
	X(fcntl) X(ioctl) X(ftruncate) X(truncate) X(getdents) \
	X(getdents64) X(getcwd) X(chdir) X(fchdir) X(chroot) X(mkdir) \
	X(mkdirat) X(rmdir) X(unlink) X(unlinkat) X(rename) X(renameat) \
	X(renameat2) X(link) X(linkat) X(symlink) X(symlinkat) X(readlink) \
	X(readlinkat) X(chmod) X(fchmod) X(fchmodat) X(chown) X(fchown) \
	X(lchown) X(fchownat) X(umask) X(utimensat) X(utime) X(utimes) \
	X(futimesat) X(mknod) X(mknodat) X(pipe) X(pipe2) X(poll) X(ppoll) \
	X(select) X(pselect6) X(sendfile) X(copy_file_range) X(splice) \
	X(tee) X(vmsplice) X(fsync) X(fdatasync) X(sync) X(syncfs) \
	X(fadvise64) X(readahead) X(sync_file_range) X(fallocate) X(statfs) \
	X(fstatfs) X(flock) X(getxattr) X(lgetxattr) X(fgetxattr) \
	X(setxattr) X(lsetxattr) X(fsetxattr) X(removexattr) \
	X(lremovexattr) X(fremovexattr) X(listxattr) X(llistxattr) \
	X(flistxattr) X(memfd_create)

/* sys/memory.c, memory_node.c, process_vm.c */
#define SYSCALL_LIST_MEMORY(X) \
	X(mmap) X(munmap) X(mprotect) X(brk) X(mremap) X(madvise) \
	X(mincore) X(msync) X(mlock) X(mlock2) X(munlock) X(mlockall) \
	X(munlockall) X(membarrier) \
	X(mbind) X(set_mempolicy) X(get_mempolicy) X(move_pages) \
	X(process_vm_readv) X(process_vm_writev)

/*
 * sys/process.c, exec.c, identity.c, capability.c, thread.c, sched.c, ioprio.c,
 * kcmp.c, futex.c
 */
#define SYSCALL_LIST_PROCESS(X) \
	X(clone) X(clone3) X(fork) X(vfork) X(execve) X(execveat) X(exit) \
	X(exit_group) X(wait4) X(waitid) X(pidfd_open) X(pidfd_getfd) \
	X(kcmp) X(getpid) \
	X(getppid) X(gettid) X(getpgid) X(getpgrp) X(setpgid) X(getsid) \
	X(setsid) X(getuid) X(geteuid) X(getgid) X(getegid) X(getresuid) \
	X(getresgid) X(setuid) X(setgid) X(setreuid) X(setregid) \
	X(setresuid) X(setresgid) X(setfsuid) X(setfsgid) X(getgroups) \
	X(setgroups) X(capget) X(capset) \
	X(set_tid_address) X(set_robust_list) \
	X(get_robust_list) X(rseq) X(arch_prctl) X(prctl) X(personality) \
	X(sched_yield) X(sched_getaffinity) X(sched_setaffinity) \
	X(sched_getscheduler) X(sched_setscheduler) X(sched_getparam) \
	X(sched_setparam) X(sched_getattr) X(sched_setattr) \
	X(sched_get_priority_max) \
	X(sched_get_priority_min) X(sched_rr_get_interval) X(getcpu) \
	X(getpriority) X(setpriority) X(ioprio_get) X(ioprio_set) X(futex)

/* sys/signal.c, kill.c */
#define SYSCALL_LIST_SIGNAL(X) \
	X(kill) X(tkill) X(tgkill) X(rt_sigqueueinfo) X(rt_tgsigqueueinfo) \
	X(pidfd_send_signal) X(rt_sigaction) X(rt_sigprocmask) \
	X(rt_sigpending) X(rt_sigsuspend) X(rt_sigtimedwait) \
	X(rt_sigreturn) X(sigaltstack) X(pause)

/* sys/clock.c, time.c, timer.c, posix_timer.c */
#define SYSCALL_LIST_TIME(X) \
	X(alarm) X(setitimer) X(getitimer) X(nanosleep) X(clock_nanosleep) \
	X(clock_gettime) X(clock_getres) X(clock_settime) X(settimeofday) \
	X(gettimeofday) X(time) X(times) X(timer_create) X(timer_settime) \
	X(timer_gettime) X(timer_getoverrun) X(timer_delete)

/* sys/info.c */
#define SYSCALL_LIST_INFO(X) \
	X(uname) X(sysinfo) X(getrlimit) X(setrlimit) X(prlimit64) \
	X(getrusage) X(getrandom) X(syslog)

/* sys/epoll.c, event.c */
#define SYSCALL_LIST_EVENT(X) \
	X(epoll_create) X(epoll_create1) X(epoll_ctl) X(epoll_wait) \
	X(epoll_pwait) X(epoll_pwait2) X(eventfd) X(eventfd2) X(signalfd) \
	X(signalfd4) X(timerfd_create) X(timerfd_settime) X(timerfd_gettime)

/* sys/socket.c, socket_send.c, socket_receive.c */
#define SYSCALL_LIST_SOCKET(X) \
	X(socket) X(socketpair) X(bind) X(listen) X(accept) X(accept4) \
	X(connect) X(getsockname) X(getpeername) X(shutdown) X(getsockopt) \
	X(setsockopt) X(sendto) X(recvfrom) X(sendmsg) X(sendmmsg) \
	X(recvmsg) X(recvmmsg)

/* sys/ipc_*.c, mqueue.c */
#define SYSCALL_LIST_IPC(X) \
	X(shmget) X(shmat) X(shmdt) X(shmctl) X(semget) X(semop) \
	X(semtimedop) X(semctl) X(msgget) X(msgsnd) X(msgrcv) X(msgctl) \
	X(mq_open) X(mq_unlink) X(mq_timedsend) X(mq_timedreceive) \
	X(mq_notify) X(mq_getsetattr)

#define SYSCALL_LIST(X) \
	SYSCALL_LIST_FILE(X) SYSCALL_LIST_MEMORY(X) SYSCALL_LIST_PROCESS(X) \
	SYSCALL_LIST_SIGNAL(X) SYSCALL_LIST_TIME(X) SYSCALL_LIST_INFO(X) \
	SYSCALL_LIST_EVENT(X) SYSCALL_LIST_SOCKET(X) SYSCALL_LIST_IPC(X)

#define SYSCALL_DECLARE_ONE(name) SYSCALL_DECLARE(name);
SYSCALL_LIST(SYSCALL_DECLARE_ONE)

/* Begins the definition of a call; its arguments are a to f, used or not. */
#define SYSCALL_ARGUMENT __attribute__((unused)) uint64_t
#define SYSCALL_DEFINE(name)						\
	int64_t sys_##name(SYSCALL_ARGUMENT a, SYSCALL_ARGUMENT b,	\
			   SYSCALL_ARGUMENT c, SYSCALL_ARGUMENT d,	\
			   SYSCALL_ARGUMENT e, SYSCALL_ARGUMENT f)

#endif
