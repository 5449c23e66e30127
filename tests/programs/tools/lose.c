/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lose NODE: moves the positions in an enclave's request ring back by one
 * message. The next request ends where the sleeping control task believes that
 * the ring is empty, so it is lost; those after it arrive.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <pisces/control.h>
#include <pisces/ioctl.h>

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDWR) : -1;
	struct pisces_channel *channel = mmap(NULL, PISCES_CHANNEL_SIZE,
					      PROT_READ | PROT_WRITE,
					      MAP_SHARED, fd,
					      PISCES_MAP_CHANNEL);

	if (channel == MAP_FAILED) {
		fprintf(stderr, "lose: %s\n", strerror(errno));
		return 1;
	}
	channel->request.tail -= sizeof(struct pisces_message);
	channel->request.head -= sizeof(struct pisces_message);
	return 0;
}
