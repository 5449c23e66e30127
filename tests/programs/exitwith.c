/* SPDX-License-Identifier: GPL-2.0-only */
/* exitwith N: exits with status N, by exit(3) or, with a third word, _exit. */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status = argc > 1 ? atoi(argv[1]) : 0;

	if (argc > 2)
		_exit(status);
	return status;
}
