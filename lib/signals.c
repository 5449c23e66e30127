/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of signals. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/signals.h"
#include "lib/text.h"

#define RTMIN	34
#define RTMAX	64

static const char *const names[] = {
	NULL, "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE",
	"KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
	"CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
	"VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
};

static const struct {
	const char *name;
	int number;
} others[] = {
	{ "IOT", 6 }, { "CLD", 17 }, { "POLL", 29 }, { "UNUSED", 31 },
	{ "RTMIN", RTMIN }, { "RTMAX", RTMAX },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static int by_number(const char *text)
{
	uint64_t number;

	return text_number(text, &number) || number > SIGNALS_MAX ? -EINVAL :
		(int)number;
}

static int by_name(const char *text)
{
	for (size_t i = 1; i < COUNT(names); i++)
		if (!strcasecmp(text, names[i]))
			return (int)i;
	for (size_t i = 0; i < COUNT(others); i++)
		if (!strcasecmp(text, others[i].name))
			return others[i].number;
	return -EINVAL;
}

/* RTMIN+N or RTMAX-N. */
static int by_distance(const char *text)
{
	int n;

	if (strncasecmp(text, "RTMIN+", 6) && strncasecmp(text, "RTMAX-", 6))
		return -EINVAL;
	n = by_number(text + 6);
	if (n < 0 || n > RTMAX - RTMIN)
		return -EINVAL;
	return text[5] == '+' ? RTMIN + n : RTMAX - n;
}

int signals_number(const char *text)
{
	int number = by_number(text);

	if (number >= 0)
		return number;
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	number = by_name(text);
	return number >= 0 ? number : by_distance(text);
}

const char *signals_name(int number, char buffer[SIGNALS_NAME])
{
	if (number > 0 && (size_t)number < COUNT(names))
		return names[number];
	if (number < RTMIN || number > RTMAX)
		snprintf(buffer, SIGNALS_NAME, "%d", number);
	else if (number == RTMIN || number == RTMAX)
		strcpy(buffer, number == RTMIN ? "RTMIN" : "RTMAX");
	else if (number <= (RTMIN + RTMAX) / 2)
		snprintf(buffer, SIGNALS_NAME, "RTMIN+%d", number - RTMIN);
	else
		snprintf(buffer, SIGNALS_NAME, "RTMAX-%d", RTMAX - number);
	return buffer;
}
