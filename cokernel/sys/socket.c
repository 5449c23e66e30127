// SPDX-License-Identifier: GPL-2.0-only
/* socket(2), bind(2), connect(2), accept(2), getsockopt(2) and so on. */
#include <errno.h>
#include <asm/socket.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <sys/socket.h>

#define FAMILIES	46	/* that have a number */
#define TYPES		11
#define TYPE_MASK	0xf
#define SOCK_CLOEXEC	O_CLOEXEC
#define SOCK_NONBLOCK	O_NONBLOCK

int socket_file_of(uint64_t fd, struct file **file, struct socket **socket)
{
	int status = file_of(fd, FILE_OPEN, file);

	if (status)
		return status;
	*socket = socket_of(*file);
	if (*socket)
		return 0;
	file_put(*file);
	return -ENOTSOCK;
}

int address_get(uint64_t user, int length, struct socket_address *address)
{
	if (length < 0 || (size_t)length > ADDRESS_MAX)
		return -EINVAL;
	address->length = (uint32_t)length;
	return copy_from_user(&address->family, user, (size_t)length);
}

int address_put(const struct socket_address *address, uint64_t user,
		uint64_t user_length)
{
	int length;

	if (get_user(length, user_length))
		return -EFAULT;
	if (length < 0)
		return -EINVAL;
	if (copy_to_user(user, &address->family,
			 MIN((uint32_t)length, address->length)))
		return -EFAULT;
	return put_user(address->length, user_length);
}

/* Are FAMILY, TYPE with its flags and PROTOCOL those of a socket? */
static int check_kind(int family, int type, int protocol)
{
	if (type & ~(TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (family < 0 || family >= FAMILIES)
		return -EAFNOSUPPORT;
	if ((type & TYPE_MASK) >= TYPES)
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	return protocol && protocol != AF_UNIX ? -EPROTONOSUPPORT : 0;
}

SYSCALL_DEFINE(socket)
{
	int type = (int)b;
	int status = check_kind((int)a, type, (int)c);
	struct file *file;

	if (status == 0)
		status = socket_create(type & TYPE_MASK, type & SOCK_NONBLOCK,
				       &file);
	return status ? status : file_install(file, type & SOCK_CLOEXEC);
}

/* Both ends as descriptors at USER; drops what it cannot give. */
static int64_t give_pair(struct file *files[2], bool cloexec, uint64_t user)
{
	int fds[2];

	fds[0] = file_install(files[0], cloexec);
	if (fds[0] < 0) {
		file_put(files[1]);
		return fds[0];
	}
	fds[1] = file_install(files[1], cloexec);
	if (fds[1] < 0) {
		fd_close(fds[0]);
		return fds[1];
	}
	if (put_user(fds, user)) {
		fd_close(fds[0]);
		fd_close(fds[1]);
		return -EFAULT;
	}
	return 0;
}

SYSCALL_DEFINE(socketpair)
{
	int type = (int)b;
	int status = check_kind((int)a, type, (int)c);
	struct file *files[2];

	if (status == 0)
		status = socket_pair(type & TYPE_MASK, type & SOCK_NONBLOCK,
				     files);
	return status ? status : give_pair(files, type & SOCK_CLOEXEC, d);
}

SYSCALL_DEFINE(bind)
{
	struct socket_address address = { 0 };
	struct socket *socket;
	struct file *file;
	int status = socket_file_of(a, &file, &socket);

	if (status)
		return status;
	status = address_get(b, (int)c, &address);
	if (status == 0)
		status = socket_bind(socket, &address);
	file_put(file);
	return status;
}

SYSCALL_DEFINE(connect)
{
	struct socket_address address = { 0 };
	struct socket *socket;
	struct file *file;
	int status = socket_file_of(a, &file, &socket);

	if (status)
		return status;
	status = address_get(b, (int)c, &address);
	if (status == 0)
		status = socket_connect(socket, &address,
					file->flags & O_NONBLOCK);
	file_put(file);
	return status;
}

SYSCALL_DEFINE(listen)
{
	struct socket *socket;
	struct file *file;
	int status = socket_file_of(a, &file, &socket);

	if (status)
		return status;
	status = socket_listen(socket, (int)b);
	file_put(file);
	return status;
}

/* The descriptor of an accepted socket, whose peer's name goes to USER. */
static int64_t give_accepted(struct file *file, bool cloexec, uint64_t user,
			     uint64_t user_length)
{
	struct socket_address address;
	int fd = file_install(file, cloexec), status = 0;

	if (fd < 0 || !user)
		return fd;
	/* There is no way to give the connection back. */
	status = socket_name(socket_of(file), true, &address);
	if (status == 0)
		status = address_put(&address, user, user_length);
	if (status)
		fd_close(fd);
	return status ? status : fd;
}

static int64_t accept_one(uint64_t fd, uint64_t user, uint64_t user_length,
			  int flags)
{
	struct socket *socket;
	struct file *file, *accepted;
	int64_t status;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	status = socket_file_of(fd, &file, &socket);
	if (status)
		return status;
	status = fd_room();
	if (status == 0)
		status = socket_accept(socket, file->flags & O_NONBLOCK,
				       flags & SOCK_NONBLOCK, &accepted);
	if (status == 0)
		status = give_accepted(accepted, flags & SOCK_CLOEXEC, user,
				       user_length);
	file_put(file);
	return status;
}

SYSCALL_DEFINE(accept)
{
	return accept_one(a, b, c, 0);
}

SYSCALL_DEFINE(accept4)
{
	return accept_one(a, b, c, (int)d);
}

static int64_t name_of(uint64_t fd, bool peer, uint64_t user,
		       uint64_t user_length)
{
	struct socket_address address;
	struct socket *socket;
	struct file *file;
	int status = socket_file_of(fd, &file, &socket);

	if (status)
		return status;
	status = socket_name(socket, peer, &address);
	if (status == 0)
		status = address_put(&address, user, user_length);
	file_put(file);
	return status;
}

SYSCALL_DEFINE(getsockname)
{
	return name_of(a, false, b, c);
}

SYSCALL_DEFINE(getpeername)
{
	return name_of(a, true, b, c);
}

SYSCALL_DEFINE(shutdown)
{
	struct socket *socket;
	struct file *file;
	int status = socket_file_of(a, &file, &socket);

	if (status)
		return status;
	status = socket_shutdown(socket, (int)b);
	file_put(file);
	return status;
}

SYSCALL_DEFINE(setsockopt)
{
	struct socket *socket;
	struct file *file;
	int status;

	if ((int)e < 0)
		return -EINVAL;
	status = socket_file_of(a, &file, &socket);
	if (status)
		return status;
	status = (int)b == SOL_SOCKET ?
		socket_set_option(socket, (int)c, d, (uint32_t)e) :
		-EOPNOTSUPP;
	file_put(file);
	return status;
}

/* The option goes to USER, its length to USER_LENGTH. */
static int64_t get_option(struct socket *socket, int option, uint64_t user,
			  uint64_t user_length)
{
	int64_t status;
	int length;

	if (get_user(length, user_length))
		return -EFAULT;
	if (length < 0)
		return -EINVAL;
	status = socket_get_option(socket, option, user, (uint32_t)length);
	if (status < 0)
		return status;
	length = (int)status;
	return put_user(length, user_length);
}

SYSCALL_DEFINE(getsockopt)
{
	struct socket *socket;
	struct file *file;
	int64_t status = socket_file_of(a, &file, &socket);

	if (status)
		return status;
	status = (int)b == SOL_SOCKET ? get_option(socket, (int)c, d, e) :
		-EOPNOTSUPP;
	file_put(file);
	return status;
}
