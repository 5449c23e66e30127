/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * leftovers BYTES SECONDS: says how many of its System V objects, message
 * queues and files in /dev/shm there are already, makes all of them, with BYTES
 * of memory, and ends after SECONDS without removing one.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#define KEY	0x1ef70f25
#define NAME	"/pisces-leftovers"

static int count(void)
{
	return (shmget(KEY, 0, 0) >= 0) + (semget(KEY, 0, 0) >= 0) +
		(msgget(KEY, 0) >= 0) + (mq_open(NAME, O_RDONLY) >= 0) +
		(shm_open(NAME, O_RDONLY, 0) >= 0);
}

int main(int argc, char **argv)
{
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 0) : 4096;
	struct { long type; char text[100]; } message = { .type = 1 };
	struct sembuf plus = { 0, 1, SEM_UNDO };
	char *memory;
	mqd_t queue;
	int id;

	printf("%d were there\n", count());
	id = shmget(KEY, bytes, IPC_CREAT | 0600);
	memory = id < 0 ? (char *)-1 : shmat(id, NULL, 0);
	if (memory == (char *)-1)
		return 1;
	memset(memory, 1, bytes);
	id = semget(KEY, 1000, IPC_CREAT | 0600);
	if (semop(id, &plus, 1))
		return 2;
	id = msgget(KEY, IPC_CREAT | 0600);
	if (msgsnd(id, &message, sizeof(message.text), 0))
		return 3;
	queue = mq_open(NAME, O_CREAT | O_RDWR, 0600, NULL);
	if (mq_send(queue, message.text, sizeof(message.text), 0))
		return 4;
	id = shm_open(NAME, O_CREAT | O_RDWR, 0600);
	if (ftruncate(id, (off_t)bytes) || write(id, memory, bytes) < 0)
		return 5;
	printf("ready\n");
	fflush(stdout);
	sleep(argc > 2 ? (unsigned)atoi(argv[2]) : 0);
	return 0;
}
