/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of its standard streams are open, and which are terminals? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	struct winsize size;
	char byte;

	for (int fd = 0; fd < 3; fd++)
		fprintf(stderr, "%d: %s%s\n", fd,
			fcntl(fd, F_GETFD) < 0 ? strerror(errno) : "open",
			isatty(fd) ? ", a terminal" : "");
	if (!ioctl(1, TIOCGWINSZ, &size))
		fprintf(stderr, "%d rows, %d columns\n", size.ws_row,
			size.ws_col);
	fprintf(stderr, "read: %zd\n", read(0, &byte, 1));
	return 0;
}
