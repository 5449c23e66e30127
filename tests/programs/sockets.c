/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sockets: what unix(7) and the calls of socket(2) promise where nobody waits,
 * a line for each thing that is seen; in a folder of its own below the working
 * folder.  "sockets networks": other families.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include "socket.h"

static char text[300000];

static void kinds(void)
{
	int fd = fresh(SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
	char link[64] = "", expected[64];
	struct stat stat;

	printf("flags %x, descriptor's %d\n", fcntl(fd, F_GETFL),
	       fcntl(fd, F_GETFD));
	fstat(fd, &stat);
	sprintf(expected, "socket:[%llu]", (unsigned long long)stat.st_ino);
	sprintf(text, "/proc/self/fd/%d", fd);
	if (readlink(text, link, sizeof(link) - 1) < 0)
		printf("no link: %s\n", strerror(errno));
	printf("mode %o, %ld bytes, its name is %s\n", stat.st_mode,
	       (long)stat.st_size, strcmp(link, expected) ? link : "right");
	TRY(open(text, O_RDWR));
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(pread(fd, text, 1, 0));
	TRY(ftruncate(fd, 0));
	close(fd);
	TRY(socket(AF_UNIX, SOCK_RDM, 0));
	TRY(socket(AF_UNIX, SOCK_STREAM, 2));
	TRY(socket(AF_UNIX, 11, 0));
	TRY(socket(AF_UNIX, SOCK_STREAM | 0x10000, 0));
	TRY(socket(45, SOCK_STREAM, 0));
	TRY(socket(-1, SOCK_STREAM, 0));
	fd = socket(AF_UNIX, SOCK_RAW, AF_UNIX);
	printf("raw is type %d of family %d, protocol %d\n",
	       number(fd, SO_TYPE), number(fd, SO_DOMAIN),
	       number(fd, SO_PROTOCOL));
	close(fd);
}

/* What the three types do with the same calls. */
static void pair(int type)
{
	struct iovec pieces[2] = { { text, 2 }, { text + 10, 4 } };
	int fd[2];

	printf("-- a pair of type %d\n", type);
	TRY(socketpair(AF_UNIX, type, 0, fd));
	show_names(fd[0]);
	TRY(events(fd[0]));
	TRY(send(fd[0], "abc", 3, MSG_EOR));
	TRY(send(fd[0], "defgh", 5, 0));
	TRY(waiting(fd[1]));
	TRY(events(fd[1]));
	TRY(recv(fd[1], text, 2, MSG_PEEK | MSG_TRUNC));
	TRY(recv(fd[1], text, 2, 0));
	TRY(readv(fd[1], pieces, 2));
	printf("'%.2s' '%.4s'\n", text, text + 10);
	TRY(recv(fd[1], text, 100, NOW));
	TRY(write(fd[0], text, 0));
	TRY(writev(fd[0], pieces, 0));
	TRY(recv(fd[1], text, 100, NOW));
	TRY(send(fd[0], text, 300000, NOW) > 0);
	while (recv(fd[1], text, sizeof(text), NOW) > 0)
		;
	TRY(send(fd[0], text, 200000, NOW));
	TRY(recv(fd[1], text, sizeof(text), NOW));
	TRY(shutdown(fd[0], SHUT_WR));
	TRY(write(fd[0], "x", 1));
	TRY(events(fd[0]));
	TRY(shutdown(fd[0], SHUT_RD));
	TRY(events(fd[0]));
	TRY(write(fd[1], "x", 1));
	TRY(send(fd[1], "x", 1, MSG_NOSIGNAL));
	TRY(shutdown(fd[0], 3));
	close(fd[0]);
	close(fd[1]);
}

static void ends(int type)
{
	int fd[2];

	printf("-- the end of type %d\n", type);
	socketpair(AF_UNIX, type, 0, fd);
	TRY(write(fd[0], "unread", 6));
	TRY(write(fd[1], "last", 4));
	close(fd[1]);
	TRY(events(fd[0]));
	TRY(recv(fd[0], text, 1, NOW));
	TRY(recv(fd[0], text, 9, NOW));
	TRY(recv(fd[0], text, 9, NOW));
	TRY(recv(fd[0], text, 9, NOW));
	TRY(write(fd[0], "x", 1));
	TRY(write(fd[0], "x", 1));
	TRY(events(fd[0]));
	close(fd[0]);
	socketpair(AF_UNIX, type, 0, fd);
	close(fd[1]);
	TRY(number(fd[0], SO_ERROR));
	TRY(recv(fd[0], text, 9, NOW));
	close(fd[0]);
}

static void names(void)
{
	int a = fresh(SOCK_STREAM), b = fresh(SOCK_STREAM), mode = 0;
	char path[109];
	struct stat stat;

	printf("-- names\n");
	umask(027);
	show_names(a);
	TRY(listen(a, 1));
	TRY(BIND(a, "socket"));
	TRY(BIND(a, "other"));
	TRY(BIND(b, "socket"));
	TRY(BIND(b, "nowhere/socket"));
	TRY(BIND(b, "new/"));
	if (lstat("socket", &stat) == 0)
		mode = stat.st_mode;
	printf("mode %o\n", mode);
	show_names(a);
	TRY(open("socket", O_RDWR));
	TRY(CONNECT(b, "socket"));
	TRY(listen(a, 1));
	TRY(number(a, SO_ACCEPTCONN));
	TRY(events(a));
	TRY(rename("socket", "moved"));
	TRY(symlink("moved", "link"));
	TRY(CONNECT(b, "socket"));
	TRY(CONNECT(b, "."));
	TRY(CONNECT(b, "link"));
	TRY(CONNECT(b, "link"));
	show_names(b);
	close(b);
	TRY(CONNECT(b = fresh(SOCK_SEQPACKET), "moved"));
	close(b);
	close(a);
	TRY(CONNECT(b = fresh(SOCK_STREAM), "moved"));
	TRY(unlink("moved") + unlink("link"));
	memset(path, 'p', 108);
	path[108] = '\0';
	TRY(BIND(b, path));
	show_names(b);
	TRY(unlink(path));
	close(b);
	TRY(mknod("node", S_IFSOCK | 0600, 0));
	TRY(CONNECT(b = fresh(SOCK_DGRAM), "node"));
	TRY(unlink("node"));
	close(b);
	umask(022);
}

static void abstract_names(void)
{
	int a = fresh(SOCK_DGRAM), b = fresh(SOCK_DGRAM), c = fresh(5);
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(name);

	printf("-- abstract names\n");
	TRY(BIND(a, "@sockets test"));
	TRY(BIND(b, "@sockets test"));
	TRY(BIND(c, "@sockets test"));
	TRY(CONNECT(b, "@sockets test "));
	TRY(CONNECT(b, "@sockets test"));
	show_names(b);
	close(a);
	TRY(CONNECT(b, "@sockets test"));
	TRY(bind(b, (void *)&name, 2));
	TRY(getsockname(b, (void *)&name, &length));
	printf("%u bytes, the first %d\n", length, name.sun_path[0]);
	TRY(bind(b, (void *)&name, 2));
	close(b);
	close(c);
}

static void connections(void)
{
	int server = fresh(SOCK_STREAM | SOCK_NONBLOCK), client[3], end;
	struct sockaddr_un name;
	socklen_t length = sizeof(name);

	printf("-- connections\n");
	BIND(server, "server");
	TRY(accept(server, NULL, NULL));
	TRY(listen(server, 1));
	TRY(accept(server, NULL, NULL));
	for (int i = 0; i < 3; i++)
		client[i] = fresh(SOCK_STREAM | SOCK_NONBLOCK);
	TRY(events(client[0]));
	TRY(send(client[0], "x", 1, 0));
	TRY(recv(client[0], text, 1, 0));
	BIND(client[1], "client");
	TRY(CONNECT(client[0], "server"));
	TRY(CONNECT(client[1], "server"));
	TRY(CONNECT(client[2], "server"));
	TRY(CONNECT(server, "server"));
	TRY(write(client[1], "early", 5));
	TRY(events(server));
	TRY(events(client[0]));
	TRY(recv(server, text, 1, 0));
	TRY(waiting(server));
	TRY(shutdown(client[0], SHUT_WR));
	end = accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	printf("flags %x, descriptor's %d\n", fcntl(end, F_GETFL),
	       fcntl(end, F_GETFD));
	TRY(read(end, text, 1));
	show_names(end);
	close(end);
	end = accept(server, (struct sockaddr *)&name, &length);
	show("accepted", &name, length);
	printf("flags %x\n", fcntl(end, F_GETFL));
	TRY(recvfrom(end, text, 9, 0, (struct sockaddr *)&name, &length));
	show("from", &name, length);
	TRY(sendto(end, "x", 1, 0, (struct sockaddr *)&name, length));
	TRY(CONNECT(client[2], "server"));
	TRY(shutdown(server, SHUT_RD));
	TRY(events(server));
	close(server);
	TRY(recv(client[2], text, 1, 0));
	TRY(recv(client[2], text, 1, 0));
	for (int i = 0; i < 3; i++)
		close(client[i]);
	TRY(read(end, text, 9));
	close(end);
	TRY(unlink("server") + unlink("client"));
}

static void datagrams(void)
{
	int a = fresh(SOCK_DGRAM), b = fresh(SOCK_DGRAM), sent = 0;
	struct sockaddr_un name, none = { .sun_family = AF_UNSPEC };
	socklen_t length = name_of(&name, "a");

	printf("-- datagrams\n");
	BIND(a, "a");
	TRY(send(b, "x", 1, 0));
	TRY(sendto(b, "first", 5, 0, (struct sockaddr *)&name, length));
	length = sizeof(name);
	TRY(recvfrom(a, text, 9, 0, (struct sockaddr *)&name, &length));
	printf("%u bytes of a name\n", length);
	BIND(b, "b");
	TRY(CONNECT(b, "a"));
	TRY(send(b, "second", 6, 0));
	length = sizeof(name);
	TRY(recvfrom(a, text, 3, MSG_TRUNC, (struct sockaddr *)&name, &length));
	show("from", &name, length);
	TRY(sendto(a, "back", 4, 0, (struct sockaddr *)&name, length));
	while (send(b, "many", 4, NOW) == 4)
		sent++;
	printf("%d sent: %s\n", sent, strerror(errno));
	TRY(events(b));
	TRY(recv(a, text, 9, 0));
	TRY(events(b));
	TRY(CONNECT(a, "a"));
	TRY(CONNECT(b, "b"));
	TRY(recv(b, text, 9, NOW));
	TRY(CONNECT(b, "a"));
	TRY(connect(b, (struct sockaddr *)&none, sizeof(none)));
	show_names(b);
	TRY(connect(a, (struct sockaddr *)&none, 2));
	TRY(CONNECT(b, "a"));
	TRY(listen(b, 1));
	TRY(accept(b, NULL, NULL));
	close(a);
	TRY(send(b, "x", 1, 0));
	TRY(send(b, "x", 1, 0));
	TRY(events(b));
	close(b);
	TRY(unlink("a") + unlink("b"));
}

/* A kernel without networking has none of these. */
static int networks(void)
{
	int fd[2];

	TRY(socket(AF_INET, SOCK_STREAM, 0));
	TRY(socket(AF_INET6, SOCK_DGRAM, 0));
	TRY(socket(AF_NETLINK, SOCK_RAW, 0));
	TRY(socketpair(AF_INET, SOCK_STREAM, 0, fd));
	return 0;
}

int main(int argc, char **argv)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };

	if (argc > 1 && strcmp(argv[1], "networks") == 0)
		return networks();
	handle(SIGPIPE, 0);
	if (enter("sockets.test"))
		return 1;
	kinds();
	for (int i = 0; i < 3; i++)
		pair(types[i]);
	for (int i = 0; i < 3; i++)
		ends(types[i]);
	names();
	abstract_names();
	connections();
	datagrams();
	return leave("sockets.test");
}
