/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes lines until it is stopped, most often by a closed pipe. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char line[] = "y y y y y y y y y y y y y y y y\n";

	(void)argv;
	/* With any argument: see the error instead of the signal. */
	if (argc > 1)
		signal(SIGPIPE, SIG_IGN);
	while (write(1, line, sizeof(line) - 1) > 0)
		;
	fprintf(stderr, "write: %s\n", strerror(errno));
	return 3;
}
