/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory Linux has. */
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "lib/file.h"
#include "lib/meminfo.h"

uint64_t meminfo_available(void)
{
	char text[4096];
	struct sysinfo info;
	const char *line;

	if (file_read("/proc/meminfo", text, sizeof(text)) > 0) {
		line = strstr(text, "MemAvailable:");
		if (line)
			return strtoull(line + 13, NULL, 10) << 10;
	}
	/* No /proc in a bare initramfs. */
	if (sysinfo(&info))
		return 0;
	return (uint64_t)info.freeram * info.mem_unit;
}
