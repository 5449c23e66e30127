/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands share: errors, options, the names of enclaves. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/error.h"

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
	/* A short option may be one of several in a word. */
	if (strncmp(given, "--", 2) && optopt)
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

int cmd_no_more(int argc, char **argv)
{
	if (optind < argc)
		return cmd_usage("%s: takes no argument '%s': see pisces %s "
				 "--help", cmd_current->name, argv[optind],
				 cmd_current->name);
	return EXIT_OK;
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
