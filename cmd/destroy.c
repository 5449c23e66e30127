/* SPDX-License-Identifier: GPL-2.0-only */
/* destroy: end an enclave and give everything back to Linux. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/clock.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/grants.h"
#include "lib/interrupt.h"
#include "lib/leftovers.h"
#include "lib/manager.h"
#include "lib/module.h"
#include "lib/node.h"
#include "lib/release.h"
#include "lib/request.h"

const char cmd_destroy_usage[] =
"usage: pisces destroy [--timings] [NAME | --all]\n"
"\n"
"Ends the enclave's programs, stops its CPUs and gives all it holds back to\n"
"Linux.  With one enclave no name is needed.  Says what went back.\n"
"\n"
"  -a, --all   all enclaves\n"
"  --timings   print how long it took, in microseconds\n";

#define POLITE_MS	2000
#define LOCK_MS		30000

/* What leftovers_reclaim() gave back before we looked. */
static const char *wanted;
static bool was_leftover;

static void note_leftover(const char *name, const struct undone *undone)
{
	/* What is only put right is destroyed below. */
	if (undone || (wanted && strcmp(wanted, name)))
		return;
	printf("%s: reclaimed\n", name);
	was_leftover = true;
}

/* Whether it answers or not, it is stopped afterwards. */
static void ask_politely(const char *name)
{
	uint64_t argument[6] = { 0 };
	struct node node;

	if (!node_open(&node, name) && !node_require_running(&node))
		request_simple(&node, PISCES_REQUEST_SHUTDOWN, argument,
			       POLITE_MS, NULL);
	node_close(&node);
}

static int destroy(int manager, const struct pisces_ioctl_status *enclave)
{
	struct grants grants;
	char *held;
	int error;

	grants_read(manager, enclave->id, &grants);
	held = strdup(grants_summary(&grants));
	grants_free(&grants);
	if (enclave->state == PISCES_ENCLAVE_RUNNING)
		ask_politely(enclave->name);
	error = release_enclave(manager, enclave->id, enclave->name);
	if (!error)
		printf("%s: %s went back to Linux\n", enclave->name,
		       held ? held : "all");
	free(held);
	return error ? cmd_fail() : EXIT_OK;
}

static int destroy_one(int manager, const char *name)
{
	struct pisces_ioctl_status enclave;

	if (enclave_find(manager, name, &enclave))
		return was_leftover ? EXIT_OK : cmd_fail();
	/* A boot or a change at work undoes its own. */
	if (enclave_is_booting(&enclave))
		return cmd_error("%s is being booted by process %u: interrupt "
				 "that", enclave.name, enclave.creator_pid);
	if (enclave.changer_pid)
		return cmd_error("%s is being changed by process %u: interrupt "
				 "that", enclave.name, enclave.changer_pid);
	return destroy(manager, &enclave);
}

static int destroy_all(int manager)
{
	struct pisces_ioctl_status *list;
	int status = EXIT_OK;
	size_t count;

	if (enclave_list(manager, &list, &count))
		return cmd_fail();
	for (size_t i = 0; i < count; i++)
		if (destroy_one(manager, list[i].name))
			status = EXIT_FAILED;
	free(list);
	return status;
}

static int destroy_locked(const char *name, bool all)
{
	int manager, status;

	wanted = name;
	/* An error is about another enclave, or comes again. */
	leftovers_reclaim(LOCK_MS, note_leftover);
	manager = manager_open();
	if (manager < 0)
		return cmd_fail();
	if (manager_lock(manager, LOCK_MS))
		status = cmd_error("another pisces is giving things back to "
				   "Linux: try again");
	else
		status = all ? destroy_all(manager)
			     : destroy_one(manager, name);
	close(manager);
	return status;
}

int cmd_destroy(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "timings", no_argument, NULL, 'T' },
		CMD_OPTIONS,
	};
	const char *name = NULL;
	bool all = false, timings = false;
	int64_t begin = clock_ns();
	int option, status;

	while ((option = getopt_long(argc, argv, ":ha", options, NULL)) >= 0)
		switch (option) {
		case 'a':
			all = true;
			break;
		case 'T':
			timings = true;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (cmd_name(argc, argv, &name))
		return EXIT_USAGE;
	if (all && name)
		return cmd_usage("destroy: a name or --all, not both");
	if (!module_is_loaded()) {
		enclave_none();
		return all ? EXIT_OK : cmd_fail();
	}
	/* All waits are bounded, and half of it is no use. */
	interrupt_hold();
	status = destroy_locked(name, all);
	if (!status && timings)
		cmd_print_timings(begin);
	/* A signal that waits ends us. */
	fflush(stdout);
	interrupt_release();
	return status;
}
