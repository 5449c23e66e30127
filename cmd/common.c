/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands share: errors, options, the names of enclaves. */
#include <inttypes.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pisces/layout.h>

#include "cmd/cmd.h"
#include "lib/clock.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/linux-time.h"
#include "lib/interrupt.h"
#include "lib/module.h"
#include "lib/text.h"

static int failed(void)
{
	return cmd_current && cmd_current->flags & CMD_RUNS ? EXIT_RUN_FAILED
							    : EXIT_FAILED;
}

static int wrong_usage(void)
{
	return cmd_current && cmd_current->flags & CMD_RUNS ? EXIT_RUN_FAILED
							    : EXIT_USAGE;
}

/* One line, in one write, whatever stands in the arguments. */
static void print(const char *kind, const char *format, va_list arguments)
{
	char line[4608];

	vsnprintf(line, sizeof(line), format, arguments);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	fflush(stdout);
	fprintf(stderr, "pisces: %s%s\n", kind, line);
}

int cmd_fail(void)
{
	return cmd_error("%s", error_text());
}

int cmd_fail_interrupted(void)
{
	int status = cmd_fail();

	return interrupt_signal() ? EXIT_SIGNAL + interrupt_signal() : status;
}

int cmd_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print("", format, arguments);
	va_end(arguments);
	return failed();
}

int cmd_usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print("", format, arguments);
	va_end(arguments);
	return wrong_usage();
}

void cmd_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print("warning: ", format, arguments);
	va_end(arguments);
}

int cmd_option(int option, char **argv)
{
	const char *given = argv[optind - 1];
	char brief[3] = { '-', (char)optopt, 0 };

	if (option == 'h') {
		fputs(cmd_current->usage, stdout);
		return EXIT_OK;
	}
	/* A short option may be one of several in a word, or the last word. */
	if (!given || (strncmp(given, "--", 2) && optopt))
		given = brief;
	if (option == ':')
		return cmd_usage("%s: option %s needs a value: see pisces %s "
				 "--help", cmd_current->name, given,
				 cmd_current->name);
	return cmd_usage("%s: unknown option %s: see pisces %s --help",
			 cmd_current->name, given, cmd_current->name);
}

int cmd_name(int argc, char **argv, const char **name)
{
	int left = argc - optind;

	if (left == 1 && !*name)
		*name = argv[optind++];
	else if (left > 0)
		return cmd_usage("%s: one name is enough, '%s' is too much",
				 cmd_current->name,
				 argv[optind + (*name ? 0 : 1)]);
	return EXIT_OK;
}

int cmd_number(const char *option, const char *text, uint64_t most,
	       uint64_t *number)
{
	if (text_number(text, number) || *number > most)
		return cmd_usage("%s: %s: '%s' is not a number from 0 to "
				 "%" PRIu64, cmd_current->name, option, text,
				 most);
	return EXIT_OK;
}

static int by_number(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

const char *cmd_cpu_list(const unsigned int *list, int count)
{
	static unsigned int sorted[PISCES_MAX_CPUS];
	static char text[1024];

	memcpy(sorted, list, (size_t)count * sizeof(*list));
	qsort(sorted, (size_t)count, sizeof(*sorted), by_number);
	return text_from_list(sorted, count, text, sizeof(text));
}

void cmd_warn_shared(const struct choose_shared *shared)
{
	char staying[512], mates[512];
	bool several = shared->staying_count > 1;

	if (!shared->staying_count)
		return;
	text_from_list(shared->staying, shared->staying_count, staying,
		       sizeof(staying));
	text_from_list(shared->mates, shared->mates_count, mates,
		       sizeof(mates));
	cmd_warn("CPU%s %s share%s a core with CPU%s %s and stay%s with Linux, "
		 "which the enclave will feel", several ? "s" : "", staying,
		 several ? "" : "s", shared->mates_count > 1 ? "s" : "", mates,
		 several ? "" : "s");
}

int cmd_need_module(void)
{
	if (module_is_loaded())
		return EXIT_OK;
	enclave_none();
	return cmd_fail();
}

int cmd_no_more(int argc, char **argv)
{
	if (optind < argc)
		return cmd_usage("%s: takes no argument '%s': see pisces %s "
				 "--help", cmd_current->name, argv[optind],
				 cmd_current->name);
	return EXIT_OK;
}

void cmd_print_timings(int64_t begin)
{
	printf("linux_us %" PRId64 "\ntotal_us %" PRId64 "\n",
	       linux_time_us(), (clock_ns() - begin) / 1000);
}

const char *cmd_uptime(unsigned long long ns)
{
	static char text[32];
	unsigned long long s = ns / 1000000000;

	if (s < 60)
		snprintf(text, sizeof(text), "%llus", s);
	else if (s < 3600)
		snprintf(text, sizeof(text), "%llum%02llus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(text, sizeof(text), "%lluh%02llum", s / 3600,
			 s / 60 % 60);
	else
		snprintf(text, sizeof(text), "%llud%02lluh", s / 86400,
			 s / 3600 % 24);
	return text;
}
