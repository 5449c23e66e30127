// SPDX-License-Identifier: GPL-2.0-only
/* The strings behind the start record, and the CPUs' numbers before them. */
#include <errno.h>
#include <string.h>
#include "job.h"

struct cursor {
	char *at, *end;
};

static char *next(struct cursor *cursor)
{
	char *text = cursor->at;
	char *nul = memchr(text, 0, (size_t)(cursor->end - text));

	if (!nul)
		return NULL;
	cursor->at = nul + 1;
	return text;
}

/* COUNT strings as an array that NULL ends. */
static int list(struct job *job, struct cursor *cursor, uint32_t count,
		char ***result)
{
	*result = arena_alloc(&job->arena, (count + 1ul) * sizeof(char *));
	if (!*result)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		(*result)[i] = next(cursor);
		if (!(*result)[i])
			return -EPROTO;
	}
	return 0;
}

int strings_parse(struct job *job)
{
	const struct pisces_session_start *start = &job->start;
	struct cursor cursor = {
		job->strings + start->cpuc * sizeof(uint32_t),
		job->strings + start->string_bytes,
	};
	int status = list(job, &cursor, start->argc, &job->arguments);

	if (status == 0)
		status = list(job, &cursor, start->envc, &job->environment);
	if (status)
		return status;
	job->folder = next(&cursor);
	job->path = job->folder ? next(&cursor) : NULL;
	if (!job->path)
		return -EPROTO;
	status = list(job, &cursor, start->collectc, &job->collected);
	if (status == 0 && cursor.at != cursor.end)
		status = -EPROTO;
	return status;
}
