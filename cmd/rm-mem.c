/* SPDX-License-Identifier: GPL-2.0-only */
/* rm-mem: take memory from an enclave that runs. */
#include <stdio.h>

#include "cmd/change.h"
#include "cmd/cmd.h"
#include "lib/error.h"
#include "lib/text.h"

const char cmd_rm_mem_usage[] =
"usage: pisces rm-mem [-e NAME] [--node N] [--dry-run] [--timings]\n"
"                     SIZE[@NODE][,SIZE[@NODE]...] | 0xSTART-0xEND\n"
"\n"
"Takes memory from an enclave that runs, in whole blocks, and gives it back to\n"
"Linux, all or none: those that are wholly free first, of these the newest.  A\n"
"block that is in use is refused.  The first one stays to the end.  SIZE is a\n"
"number with K, M or G, rounded up to blocks; a range names the blocks.  With one\n"
"enclave no name is needed.\n"
"\n"
"  -e, --enclave NAME   the enclave\n"
"  --node N             memory of NUMA node N where none is named\n"
"  --dry-run            only say which blocks would be tried first\n"
"  --timings            print how long it took, in microseconds\n";

int cmd_rm_mem(int argc, char **argv)
{
	static struct memory_wish wish;
	struct change_arguments arguments;
	struct change change;
	char ranges[1024];
	int status = change_parse(&arguments, "memory is", CHANGE_NODE, argc,
				  argv);

	if (status >= 0)
		return status;
	if (wish_memory(arguments.what, &wish))
		return cmd_usage("%s", error_text());
	status = change_open(&change, &arguments);
	if (status)
		return status;
	status = change_remove_memory(&change, &wish);
	grants_range_list(&change.changed, ranges, sizeof(ranges));
	if (!status && change.dry_run)
		printf("%s: would give %s back to Linux, trying %s first\n",
		       change.enclave.name, text_bytes(change.changed.bytes),
		       ranges);
	else if (!status)
		change_print(&change, PISCES_GRANT_MEMORY,
			     "%s at %s went back to Linux",
			     text_bytes(change.changed.bytes), ranges);
	return change_close(&change, &arguments, status);
}
