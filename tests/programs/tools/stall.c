/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stall ID ADDRESS: asks the module for a page of the enclave's memory at that
 * physical address, into memory whose server (userfaultfd(2)) never answers, so
 * that the call does not end until this is killed.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <pisces/ioctl.h>

#define PAGE	4096ul

/* musl comes without <linux/userfaultfd.h>; see ioctl_userfaultfd(2). */
struct handshake {
	uint64_t api, features, ioctls;
};
struct range {
	uint64_t start, length, mode, ioctls;
};
#define API		0xaaull
#define MODE_MISSING	1ull
#define SHAKE_HANDS	_IOWR(0xaa, 0x3f, struct handshake)
#define REGISTER	_IOWR(0xaa, 0x00, struct range)

static void *unserved_page(void)
{
	struct handshake handshake = { .api = API };
	struct range range = { .length = PAGE, .mode = MODE_MISSING };
	int server = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	range.start = (uintptr_t)page;
	if (server < 0 || page == MAP_FAILED ||
	    ioctl(server, SHAKE_HANDS, &handshake) ||
	    ioctl(server, REGISTER, &range))
		err(1, "userfaultfd");
	return page;
}

int main(int argc, char **argv)
{
	struct pisces_ioctl_read a = { .size = sizeof(a), .bytes = PAGE };
	int manager = open("/dev/pisces", O_RDWR | O_CLOEXEC);

	if (argc != 3)
		errx(2, "usage: stall ID ADDRESS");
	if (manager < 0)
		err(1, "/dev/pisces");
	a.id = (uint32_t)strtoul(argv[1], NULL, 0);
	a.start = strtoull(argv[2], NULL, 0);
	a.buffer = (uintptr_t)unserved_page();
	err(1, "PISCES_READ ended with %d", ioctl(manager, PISCES_READ, &a));
}
