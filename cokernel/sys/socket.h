/* SPDX-License-Identifier: GPL-2.0-only */
/* What the system calls on sockets share. */
#ifndef SYS_SOCKET_H
#define SYS_SOCKET_H

#include <fs/socket.h>

/* The open file of FD, a user of it, and its socket.  -EBADF, -ENOTSOCK. */
int socket_file_of(uint64_t fd, struct file **file, struct socket **socket);

/* LENGTH bytes at USER as an address.  -EINVAL, -EFAULT. */
int address_get(uint64_t user, int length, struct socket_address *address);
/* The other way, cut to the int at USER_LENGTH, which gets the whole length. */
int address_put(const struct socket_address *address, uint64_t user,
		uint64_t user_length);

#endif
