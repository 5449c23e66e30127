/* SPDX-License-Identifier: GPL-2.0-only */
/* `run`: its command line, and what comes of it. */
#ifndef CMD_RUN_H
#define CMD_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bundle.h"
#include "lib/collect.h"
#include "lib/node.h"
#include "lib/program.h"
#include "lib/relay.h"
#include "lib/session.h"
#include "lib/wish.h"

/* The values of an option that may be given more than once, in order. */
struct run_values {
	char **list;
	size_t count;
};

struct run_options {
	const char *enclave;	/* NULL: the only one */
	const char *root;	/* NULL: what lies here */
	const char *folder;	/* --cwd, or NULL */
	bool clear_environment;
	bool keep, drop_kept;
	struct cpu_wish cpus;	/* COUNT 0: not given */
	int64_t time_ns;	/* --timeout; 0: no limit */
	int64_t grace_ns;	/* --kill-after; 0: never, -1: not given */
	bool detach;
	bool tty;
	bool lazy;
	bool explain, json;
	uint64_t log_size;	/* 0: not given */
	struct run_values environment, with, collect;
	char **arguments;	/* the program and its arguments */
};

/* -1: go on; else the exit status.  Free them in any case. */
int run_options_parse(struct run_options *options, int argc, char **argv);
void run_options_free(struct run_options *options);

struct run {
	struct run_options options;
	char *folder;		/* the program's working folder */
	char **environment;	/* the program's */
	unsigned int cpus[PISCES_MAX_CPUS];	/* that it runs on */
	int cpu_count;		/* 0: any */
	struct program program;
	struct bundle bundle;
	struct collect collect;
	struct node node;
	struct session session;
	struct relay relay;
	void *start;
	size_t start_size;
};

/*
 * Find the program and what it needs, for the bundle; the enclave is open.
 * EXIT_OK or prints an error.
 */
int run_prepare(struct run *run);
/* Nothing is added any more: is there room?  Makes the start record. */
int run_finish(struct run *run);

#endif
