/* SPDX-License-Identifier: GPL-2.0-only */
/* add-mem: give an enclave that runs more memory. */
#include <stdio.h>

#include "cmd/change.h"
#include "cmd/cmd.h"
#include "lib/error.h"
#include "lib/text.h"

const char cmd_add_mem_usage[] =
"usage: pisces add-mem [-e NAME] [--node N] [--dry-run] [--timings]\n"
"                      SIZE[@NODE][,SIZE[@NODE]...] | 0xSTART-0xEND\n"
"\n"
"Takes memory from Linux, in whole blocks, and gives it to an enclave that runs,\n"
"all or none.  SIZE is a number with K, M or G; without a NODE the blocks are\n"
"rather taken from the enclave's own.  A range names the blocks.  Prints what was\n"
"added, and all that the enclave has.  With one enclave no name is needed.\n"
"\n"
"  -e, --enclave NAME   the enclave\n"
"  --node N             memory of NUMA node N where none is named\n"
"  --dry-run            only say which blocks would be tried first\n"
"  --timings            print how long it took, in microseconds\n";

int cmd_add_mem(int argc, char **argv)
{
	static struct memory_wish wish;
	struct change_arguments arguments;
	struct change change;
	char ranges[1024], nodes[64];
	int status = change_parse(&arguments, "memory is", CHANGE_NODE, argc,
				  argv);

	if (status >= 0)
		return status;
	if (wish_memory(arguments.what, &wish))
		return cmd_usage("%s", error_text());
	status = change_open(&change, &arguments);
	if (status)
		return status;
	status = change_add_memory(&change, &wish);
	grants_range_list(&change.changed, ranges, sizeof(ranges));
	grants_node_list(&change.changed, nodes, sizeof(nodes));
	if (!status && change.dry_run)
		printf("%s: would take %s, trying %s first, node %s\n",
		       change.enclave.name, text_bytes(change.changed.bytes),
		       ranges, nodes);
	else if (!status)
		change_print(&change, PISCES_GRANT_MEMORY,
			     "%s at %s, node %s, added",
			     text_bytes(change.changed.bytes), ranges, nodes);
	return change_close(&change, &arguments, status);
}
