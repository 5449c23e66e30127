// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of sockets: paths, whose inode knows the socket while that is open, and
 * abstract names, which belong to a session and are apart for each type.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <fs/path.h>
#include <fs/unix.h>
#include <lib/string.h>

#define FAMILY_SIZE	sizeof(uint16_t)
#define BUCKETS		256u
#define AUTOBIND_NAMES	(1u << 20)	/* five hexadecimal digits */

/* Nothing to open: -ENXIO.  PRIVATE is the socket. */
const struct inode_operations socket_inode;

/* Sockets with abstract names. */
static struct socket *buckets[BUCKETS];

int unix_check_address(const struct socket_address *address)
{
	if (address->length <= FAMILY_SIZE ||
	    address->length > sizeof(struct sockaddr_un) ||
	    address->family != AF_UNIX)
		return -EINVAL;
	return 0;
}

/* Abstract names. */

static struct socket **bucket_of(int type,
				 const struct socket_address *address)
{
	uint32_t hash = 2166136261u ^ (uint32_t)type;

	for (uint32_t i = 0; i < address->length - FAMILY_SIZE; i++)
		hash = (hash ^ (uint8_t)address->path[i]) * 16777619u;
	return &buckets[(hash ^ hash >> 16) % BUCKETS];
}

/* The one that a socket like FROM sees under that name; plain. */
static struct socket *find_abstract(const struct socket *from,
				    const struct socket_address *address)
{
	struct socket *socket = *bucket_of(from->type, address);

	while (socket && (socket->type != from->type ||
			  socket->session != from->session ||
			  socket->name.length != address->length ||
			  memcmp(socket->name.path, address->path,
				 address->length - FAMILY_SIZE) != 0))
		socket = socket->next_named;
	return socket;
}

static int bind_abstract(struct socket *socket,
			 const struct socket_address *address)
{
	struct socket **bucket = bucket_of(socket->type, address);

	if (find_abstract(socket, address))
		return -EADDRINUSE;
	socket->name = *address;
	socket->next_named = *bucket;
	*bucket = socket;
	return 0;
}

int unix_autobind(struct socket *socket)
{
	static uint32_t next;
	struct socket_address address = { .family = AF_UNIX };

	if (socket->name.length)
		return 0;
	for (uint32_t i = 0; i < AUTOBIND_NAMES; i++) {
		address.length = FAMILY_SIZE + 1 +
			(uint32_t)snprintf(address.path + 1, 6, "%05x",
					   next++ % AUTOBIND_NAMES);
		if (bind_abstract(socket, &address) == 0)
			return 0;
	}
	return -ENOSPC;
}

/* Paths. */

static void copy_path(char path[UNIX_PATH_MAX + 1],
		      const struct socket_address *address)
{
	size_t n = address->length - FAMILY_SIZE;

	memcpy(path, address->path, n);
	path[n] = '\0';
}

/* May the name that PATH found missing be made? */
static int check_new(const struct path *path)
{
	if (path->inode || !path->folder)
		return -EADDRINUSE;
	if (path->must_be_folder)
		return -ENOENT;
	return path_may_change(path->folder, NULL);
}

static int make_inode(struct socket *socket, const char *text)
{
	uint32_t umask = current()->process->folders->umask;
	struct path path;
	struct inode *inode;
	int status = path_walk(AT_FDCWD, text, PATH_MISSING, &path);

	if (status)
		return status;
	status = check_new(&path);
	if (status == 0 && socket->name.length)
		status = -EINVAL;
	inode = status ? NULL :
		inode_create(&socket_inode, socket->file->inode->mode & ~umask);
	if (inode) {
		inode_own_in(inode, path.folder);
		status = folder_add(path.folder, path.name, inode);
	} else if (status == 0) {
		status = -ENOMEM;
	}
	path_put(&path);
	if (status) {
		inode_put(inode);
		return status;
	}
	inode->private = socket;
	socket->inode = inode;
	return 0;
}

static int bind_path(struct socket *socket,
		     const struct socket_address *address)
{
	char text[UNIX_PATH_MAX + 1];
	int status;

	copy_path(text, address);
	status = make_inode(socket, text);
	if (status)
		return status;
	socket->name.family = AF_UNIX;
	memcpy(socket->name.path, text, sizeof(text));
	socket->name.length = FAMILY_SIZE + (uint32_t)strlen(text) + 1;
	return 0;
}

static int find_path(const struct socket *from,
		     const struct socket_address *address,
		     struct socket **result)
{
	char text[UNIX_PATH_MAX + 1];
	struct socket *socket = NULL;
	struct path path;
	int status;

	copy_path(text, address);
	status = path_walk(AT_FDCWD, text, PATH_FOLLOW, &path);
	if (status)
		return status;
	status = inode_permission(path.inode, MAY_WRITE);
	if (path.inode->operations == &socket_inode)
		socket = path.inode->private;
	path_put(&path);
	if (status)
		return status;
	if (!socket)
		return -ECONNREFUSED;
	if (socket->type != from->type)
		return -EPROTOTYPE;
	*result = socket_get(socket);
	return 0;
}

/* Both. */

int socket_bind(struct socket *socket, const struct socket_address *address)
{
	int status;

	if (address->length == FAMILY_SIZE && address->family == AF_UNIX)
		return unix_autobind(socket);
	status = unix_check_address(address);
	if (status)
		return status;
	if (address->path[0])
		return bind_path(socket, address);
	return socket->name.length ? -EINVAL : bind_abstract(socket, address);
}

int unix_find(const struct socket *from, const struct socket_address *address,
	      struct socket **result)
{
	struct socket *socket;

	if (address->path[0])
		return find_path(from, address, result);
	socket = find_abstract(from, address);
	if (!socket)
		return -ECONNREFUSED;
	*result = socket_get(socket);
	return 0;
}

/* The name stays: those who know the socket may still ask. */
void unix_unname(struct socket *socket)
{
	struct socket **at;

	if (socket->inode) {
		socket->inode->private = NULL;
		inode_put(socket->inode);
		socket->inode = NULL;
		return;
	}
	if (!socket->name.length || socket->name.path[0])
		return;
	for (at = bucket_of(socket->type, &socket->name);
	     *at && *at != socket; at = &(*at)->next_named)
		;
	if (*at)
		*at = socket->next_named;
}
