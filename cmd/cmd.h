/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands, and what they share: their table, their exit statuses, and the
 * one way to print an error.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <getopt.h>
#include <stdint.h>

#include "lib/choose-cpu.h"

/* What pisces exits with. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,	/* it could not be done; `check`: not fit */
	EXIT_USAGE = 2,		/* the command line makes no sense */
	/* `run` passes on the program's own status, or: */
	EXIT_RUN_TIMEOUT = 124,	/* it ran longer than it was to */
	EXIT_RUN_FAILED = 125,	/* pisces or the enclave failed (or usage) */
	EXIT_RUN_CANNOT = 126,	/* the program cannot be executed */
	EXIT_RUN_MISSING = 127,	/* there is no such program */
	EXIT_SIGNAL = 128,	/* + N: signal N ended the program, or us */
};

/* What a command needs, checked before it is called. */
enum {
	CMD_NEEDS_ROOT = 1,
	CMD_NEEDS_SYSFS = 2,
	CMD_NEEDS_MODULE = 4,	/* without one there is no enclave */
	CMD_RUNS = 8,		/* fails with EXIT_RUN_FAILED */
};

struct command {
	const char *name;
	int (*function)(int argc, char **argv);
	unsigned int flags;
	const char *summary;	/* one line */
	const char *usage;	/* for help and --help */
};

/* In the order that help shows; ended by a NULL name. */
extern const struct command cmd_table[];

/* The one that runs. */
extern const struct command *cmd_current;

const struct command *cmd_find(const char *name);

/* The error that there is no command NAME. */
int cmd_unknown(const char *name);

/* Print the library's error text; returns the status of a failure. */
int cmd_fail(void);

/* The same; the status says it if a signal was the reason. */
int cmd_fail_interrupted(void);

/* Print an error; return the status of a failure, or of wrong usage. */
int cmd_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cmd_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Print "pisces: warning: ...". */
void cmd_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Options that every command has; a command's own come before them. */
#define CMD_OPTIONS { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }

/* What getopt_long() returned and the command does not know: an exit status.*/
int cmd_option(int option, char **argv);

/*
 * The enclave's name: NAME from an option, or the only argument that is left;
 * NULL if neither.  Returns EXIT_OK or prints an error.
 */
int cmd_name(int argc, char **argv, const char **name);

/* The argument TEXT of OPTION, from 0 to MOST: EXIT_OK or prints an error. */
int cmd_number(const char *option, const char *text, uint64_t most,
	       uint64_t *number);

#define CMD_MOST_NODE	1023

/* COUNT CPUs as a list, in ascending order; the text is static. */
const char *cmd_cpu_list(const unsigned int *list, int count);

/* Warn of CPUs that stay with Linux and share a core with those that went. */
void cmd_warn_shared(const struct choose_shared *shared);

/*
 * What CMD_NEEDS_MODULE checks, for a command that needs it in some cases only:
 * EXIT_OK or prints an error.
 */
int cmd_need_module(void);

/* For a command without arguments: EXIT_OK or prints an error. */
int cmd_no_more(int argc, char **argv);

/*
 * What --timings prints of a change that began at BEGIN (clock_ns()): how much
 * of it Linux itself took, and the whole, in microseconds.
 */
void cmd_print_timings(int64_t begin);

/* A time for people, such as "3m05s"; the text is static. */
const char *cmd_uptime(unsigned long long ns);

int cmd_boot(int argc, char **argv);
int cmd_add_cpu(int argc, char **argv);
int cmd_rm_cpu(int argc, char **argv);
int cmd_add_mem(int argc, char **argv);
int cmd_rm_mem(int argc, char **argv);
int cmd_add_pci(int argc, char **argv);
int cmd_rm_pci(int argc, char **argv);
int cmd_debug(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_ps(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_kill(int argc, char **argv);
int cmd_wait(int argc, char **argv);
int cmd_noise(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_reclaim(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_unload(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_help(int argc, char **argv);

extern const char cmd_boot_usage[], cmd_run_usage[], cmd_console_usage[],
	cmd_log_usage[], cmd_list_usage[], cmd_status_usage[],
	cmd_destroy_usage[], cmd_check_usage[], cmd_reclaim_usage[],
	cmd_load_usage[], cmd_unload_usage[], cmd_version_usage[],
	cmd_help_usage[], cmd_add_cpu_usage[], cmd_rm_cpu_usage[],
	cmd_add_mem_usage[], cmd_rm_mem_usage[], cmd_debug_usage[],
	cmd_dump_usage[], cmd_ps_usage[], cmd_kill_usage[], cmd_wait_usage[],
	cmd_noise_usage[], cmd_top_usage[], cmd_add_pci_usage[],
	cmd_rm_pci_usage[];

#endif
