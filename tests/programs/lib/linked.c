/* SPDX-License-Identifier: GPL-2.0-only */
/* linked: says what libown.so says, and where it was loaded from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *own_name(void);

int main(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];

	printf("%s, %s\n", own_name(), getenv("OWN"));
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "libown") && strstr(line, "r-xp"))
			printf("from %s", strchr(line, '/'));
	return 0;
}
