/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, sizes and lists as people write them. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/error.h"
#include "lib/text.h"

/*
 * Reads digits only: strtoull() would take spaces and a sign.  Of a number that
 * is too large it reads them, too.
 */
static int digits(const char **text, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	*text = end;
	return errno ? -ERANGE : 0;
}

int text_number(const char *text, uint64_t *number)
{
	int error = digits(&text, number);

	if (error)
		return error;
	return *text ? -EINVAL : 0;
}

static int unit_shift(const char *unit)
{
	static const struct {
		const char *name;
		int shift;
	} units[] = {
		{ "", 0 }, { "b", 0 },
		{ "k", 10 }, { "kb", 10 }, { "kib", 10 },
		{ "m", 20 }, { "mb", 20 }, { "mib", 20 },
		{ "g", 30 }, { "gb", 30 }, { "gib", 30 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcasecmp(unit, units[i].name))
			return units[i].shift;
	return -EINVAL;
}

int text_size(const char *text, uint64_t *bytes)
{
	const char *rest = text;
	uint64_t number;
	int error = digits(&rest, &number);
	int shift;

	if (error == -ERANGE)
		return error_set(error, "size '%s' is too large", text);
	shift = error ? error : unit_shift(rest);
	if (shift < 0)
		return error_set(-EINVAL, "'%s' is not a size: write a number "
				 "with K, M or G, such as 128M", text);
	if (number == 0)
		return error_set(-EINVAL, "the size is zero: write a number "
				 "with K, M or G, such as 128M");
	if (number > UINT64_MAX >> shift)
		return error_set(-ERANGE, "size '%s' is too large", text);
	*bytes = number << shift;
	return 0;
}

/* The digits after a point, as billionths. */
static int64_t billionths(const char **text)
{
	int64_t number = 0, unit = 100000000;

	for (; isdigit((unsigned char)**text); ++*text, unit /= 10)
		number += (**text - '0') * unit;
	return number;
}

static const struct {
	const char *name;
	int64_t ns;
} time_units[] = {
	{ "", 1000000000 }, { "s", 1000000000 }, { "ms", 1000000 },
	{ "us", 1000 }, { "ns", 1 }, { "m", 60000000000 },
	{ "h", 3600000000000 }, { "d", 86400000000000 },
};

/* What the unit NAME is in nanoseconds, 0: there is none. */
static int64_t time_unit(const char *name)
{
	for (size_t i = 0; i < sizeof(time_units) / sizeof(time_units[0]); i++)
		if (!strcmp(time_units[i].name, name))
			return time_units[i].ns;
	return 0;
}

int text_duration(const char *text, int64_t *ns)
{
	const char *rest = text;
	uint64_t number = 0;
	int64_t parts = 0, unit;
	int error = digits(&rest, &number);
	__int128 time;

	if (!error && *rest == '.' && isdigit((unsigned char)rest[1])) {
		rest++;
		parts = billionths(&rest);
	}
	unit = time_unit(rest);
	if (error == -EINVAL || !unit)
		return error_set(-EINVAL, "'%s' is not a time: write a number "
				 "of seconds, or one with ns, us, ms, s, m, h "
				 "or d, such as 90 or 1.5m", text);
	time = (__int128)number * unit + (__int128)parts * unit / 1000000000;
	if (error || time > INT64_MAX)
		return error_set(-ERANGE, "time '%s' is too long", text);
	*ns = (int64_t)time;
	return 0;
}

static bool add_number(unsigned int *list, int *count, int most, uint64_t n)
{
	int at = *count;

	while (at > 0 && list[at - 1] > n)
		at--;
	if (at > 0 && list[at - 1] == n)
		return true;
	if (*count == most)
		return false;
	memmove(list + at + 1, list + at, (*count - at) * sizeof(*list));
	list[at] = (unsigned int)n;
	(*count)++;
	return true;
}

int text_list(const char *text, unsigned int *list, int most)
{
	int count = 0;

	for (const char *rest = text;; rest++) {
		uint64_t first, last;

		if (digits(&rest, &first))
			return -EINVAL;
		last = first;
		if (*rest == '-') {
			rest++;
			if (digits(&rest, &last) || last < first)
				return -EINVAL;
		}
		if (last > INT32_MAX)
			return -EINVAL;
		for (uint64_t n = first; n <= last; n++)
			if (!add_number(list, &count, most, n))
				return -EINVAL;
		if (!*rest)
			return count;
		if (*rest != ',')
			return -EINVAL;
	}
}

const char *text_from_list(const unsigned int *list, int count,
			   char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = 0;
	for (int i = 0; i < count && used + 1 < size; i++) {
		int last = i;

		while (last + 1 < count && list[last + 1] == list[last] + 1)
			last++;
		used += snprintf(buffer + used, size - used,
				 last > i ? "%s%u-%u" : "%s%u", i ? "," : "",
				 list[i], list[last]);
		i = last;
	}
	return buffer;
}

const char *text_bytes(uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB" };
	static char texts[4][32];
	static int turn;
	char *text = texts[turn++ & 3];
	uint64_t scaled = bytes;
	int unit = 0;

	while (unit < 3 && scaled >= 1024 && scaled % 1024 == 0) {
		scaled /= 1024;
		unit++;
	}
	if (unit < 2 && bytes >= 1 << 20)
		snprintf(text, sizeof(texts[0]), "%.1f MiB",
			 (double)bytes / (1 << 20));
	else
		snprintf(text, sizeof(texts[0]), "%" PRIu64 " %s", scaled,
			 units[unit]);
	return text;
}

const char *text_time(double ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	static char texts[8][32];
	static int turn;
	char *text = texts[turn++ & 7];
	int unit = 0, digits;

	/* What would be rounded to 1000 is one of the next unit. */
	for (; unit < 3 && ns >= 999.5; unit++)
		ns /= 1000;
	digits = unit == 0 || ns >= 99.95 ? 0 : ns >= 9.995 ? 1 : 2;
	snprintf(text, sizeof(texts[0]), "%.*f %s", digits, ns, units[unit]);
	return text;
}

void text_clean(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((text[i] < ' ' || text[i] > '~') && text[i] != '\t')
			text[i] = '?';
}

void text_clean_line(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}
