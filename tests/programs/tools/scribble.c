/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scribble NODE SEED MILLISECONDS: a hostile tool. Maps all of an enclave's
 * memory that tools may write, fills it with whatever comes, again and again,
 * and rings the doorbell.  An odd SEED also sends requests that are well-formed
 * but for what they ask.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <pisces/boot.h>
#include <pisces/control.h>
#include <pisces/ioctl.h>

struct area {
	uint64_t *at;
	size_t words;
};

static struct area areas[PISCES_WINDOWS + 1];
static int area_count;
static uint64_t state;

static uint64_t random_number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void map(int fd, uint64_t offset, uint64_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			(off_t)offset);

	if (at != MAP_FAILED)
		areas[area_count++] = (struct area){ at, size / 8 };
}

static void map_all(int fd)
{
	map(fd, PISCES_MAP_CHANNEL, PISCES_CHANNEL_SIZE);
	for (uint32_t i = 0; i < PISCES_WINDOWS; i++) {
		struct pisces_ioctl_window window = {
			.size = sizeof(window), .index = i,
		};

		if (!ioctl(fd, PISCES_NODE_WINDOW, &window))
			map(fd, PISCES_MAP_WINDOW(i), window.size_bytes);
	}
}

/* Mostly near what could be right: that is where checks go wrong. */
static uint64_t value(uint64_t old)
{
	switch (random_number() % 6) {
	case 0:
		return random_number();
	case 1:
		return old + random_number() % 129 - 64;
	case 2:
		return random_number() % 8;
	case 3:
		return (random_number() % 8) << 32 | random_number() % 8;
	case 4:
		return ~0ull - random_number() % 64;
	default:
		return old + 64 * (random_number() % 1024);
	}
}

/* A request where the co-kernel looks for the next one, of any kind. */
static void forge(void)
{
	struct pisces_channel *channel = (void *)areas[0].at;
	struct pisces_message message = {
		.type = random_number() % 16 ? 1 + random_number() % 4 :
			(uint32_t)random_number() % 64 + 6,
		.sequence = (uint32_t)random_number(),
		.status = random_number() % 4 ? 0 : (int32_t)random_number(),
		.reserved = random_number() % 8 ? 0 : 1,
	};
	struct pisces_ring ring;

	for (int i = 0; i < 6; i++)
		message.argument[i] = random_number() % 3 ?
			random_number() % 70 : value(message.argument[i]);
	pisces_ring_attach_producer(&ring, &channel->request,
				    channel->request_data, PISCES_CHANNEL_DATA);
	ring.position = channel->request.tail / sizeof(message) *
			sizeof(message);
	pisces_ring_push_record(&ring, &message, sizeof(message));
}

int main(int argc, char **argv)
{
	struct timespec now;
	int64_t end;
	int fd, forges;

	if (argc < 4)
		return 2;
	fd = open(argv[1], O_RDWR);
	state = strtoull(argv[2], NULL, 10) * 2 + 1;
	forges = state & 2;
	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec * 1000 + now.tv_nsec / 1000000 + atoll(argv[3]);
	map_all(fd);
	if (!area_count) {
		fprintf(stderr, "scribble: %s: %s\n", argv[1],
			strerror(errno));
		return 1;
	}
	do {
		for (int i = 0; i < 200; i++) {
			struct area *area = &areas[random_number() %
						   (uint64_t)area_count];
			/* The positions lie in the first bytes. */
			size_t limit = random_number() % 4 ? 64 : area->words;
			size_t at = random_number() % limit;

			area->at[at] = value(area->at[at]);
			if (forges && !(random_number() % 20))
				forge();
		}
		ioctl(fd, PISCES_NODE_DOORBELL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < end);
	printf("scribbled over %d areas\n", area_count);
	return 0;
}
