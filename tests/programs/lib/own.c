/* SPDX-License-Identifier: GPL-2.0-only */
/* libown.so: a library that no loader finds unless it is told where. */
#include <stdlib.h>

const char *own_name(void)
{
	return "the library's own";
}

static void __attribute__((constructor)) begin(void)
{
	setenv("OWN", "was loaded", 1);
}
