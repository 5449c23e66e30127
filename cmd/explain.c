/* SPDX-License-Identifier: GPL-2.0-only */
/* run --explain: what a program needs, and whether an enclave can run it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"

#define LINE	79	/* columns, beyond which a list goes on in the next */
#define INDENT	13

struct list {
	const char *title;
	int column;		/* 0: nothing is written yet */
};

static void print_item(struct list *list, const char *item)
{
	int length = (int)strlen(item);

	if (!list->column)
		list->column = printf("%-*s%s", INDENT, list->title, item);
	else if (list->column + 2 + length < LINE)
		list->column += printf(", %s", item);
	else
		list->column = INDENT + length +
			0 * printf(",\n%*s%s", INDENT, "", item);
}

static void end_list(const struct list *list)
{
	if (list->column)
		putchar('\n');
}

static void print_files(const struct explain *explain)
{
	static const char *const titles[] = {
		[LIBRARY_INTERPRETER] = "interpreter",
		[LIBRARY_LOADER] = "loader", [LIBRARY_LIBRARY] = "library",
	};

	for (size_t i = 0; i < explain->file_count; i++) {
		const struct explain_file *file = &explain->files[i];

		if (file->path)
			printf("%-*s%s\n", INDENT, titles[file->kind],
			       file->path);
		else
			printf("%-*s%s, which %s needs\n", INDENT, "missing",
			       file->name, file->by);
	}
}

/* Calls that are served, or not; of these such that one does without, or not. */
static size_t count_calls(const struct explain *explain, bool served)
{
	size_t count = 0;

	for (size_t i = 0; i < CALLS; i++)
		count += explain->scan.calls[i] && calls[i].name &&
			 calls[i].served == served;
	return count;
}

static void print_missing(const struct explain *explain, const char *title,
			  bool optional)
{
	struct list list = { title, 0 };
	char item[640];

	for (size_t i = 0; i < CALLS; i++) {
		const char *by, *name = calls[i].name;

		if (!explain->scan.calls[i] || !name || calls[i].served ||
		    needs_is_optional(name) != optional)
			continue;
		by = explain_images(explain, explain->scan.calls[i]);
		snprintf(item, sizeof(item), *by ? "%s (%s)" : "%s", name, by);
		print_item(&list, item);
	}
	end_list(&list);
}

static void print_served(const struct explain *explain)
{
	struct list list = { "served", 0 };

	for (size_t i = 0; i < CALLS; i++)
		if (explain->scan.calls[i] && calls[i].served)
			print_item(&list, calls[i].name);
	end_list(&list);
}

static void print_calls(const struct explain *explain)
{
	size_t served = count_calls(explain, true);
	size_t missing = count_calls(explain, false);

	printf("%-*smay make %zu system calls, %zu of which are served%s\n",
	       INDENT, "calls", served + missing, served,
	       explain->scan.unknown_call ?
	       ", and others that only running it shows" : "");
	print_served(explain);
	print_missing(explain, "not served", false);
	print_missing(explain, "optional", true);
}

static void print_needs(const struct explain *explain)
{
	for (size_t i = 0; i < explain->needs.count; i++) {
		const struct need *need = &explain->needs.list[i];
		const char *by = explain_images(explain, need->by);

		printf("%-*s%s: %s%s%s%s\n", INDENT,
		       need->decides ? "needs" : "may need", need->what,
		       need->how, *by ? " (" : "", by, *by ? ")" : "");
	}
}

static void print_notes(const struct explain *explain)
{
	if (explain_is_script(explain))
		printf("%-*sof the script only its interpreter was looked "
		       "at\n", INDENT, "note");
	if (explain->needs.loads)
		printf("%-*sit may load more code when it runs (dlopen), which "
		       "was not looked at\n", INDENT, "note");
	if (explain->needs.starts)
		printf("%-*sit may start other programs, which are there only "
		       "if given by --with\n", INDENT, "note");
}

static const char *reason_of_guest(const struct explain *explain)
{
	static char text[1024];
	size_t used = 0;

	for (size_t i = 0; i < explain->needs.count; i++) {
		const struct need *need = &explain->needs.list[i];

		if (need->decides && used < sizeof(text))
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used,
						 "%s%s (%s)",
						 used ? ", " : "it ",
						 need->what, need->how);
	}
	return text;
}

const char *explain_reason(const struct explain *explain)
{
	if (explain->needs.guest)
		return reason_of_guest(explain);
	if (explain_misses(explain))
		return "but what is missing has to be found first";
	if (explain->needs.many)
		return "it is many programs in one, most of which need nothing "
		       "that is not served";
	if (explain->needs.count)
		return "it may offer what is not served, but should work "
		       "without";
	if (count_calls(explain, false))
		return "it may make calls that are not served, but none that "
		       "programs depend on as a rule";
	return "all system calls that it may make are served";
}

static void print_people(const struct explain *explain)
{
	printf("%-*s%s\n", INDENT, "program", explain->program.path);
	printf("%-*s%s\n", INDENT, "kind", explain_is_script(explain) ?
	       "a script" : explain_is_dynamic(explain) ?
	       "dynamically linked" : "statically linked");
	print_files(explain);
	if (explain->image_count) {
		print_calls(explain);
		print_needs(explain);
		print_notes(explain);
	}
	printf("%-*s%s: %s\n", INDENT, "verdict",
	       explain->needs.guest ? "vm" : "run", explain_reason(explain));
}

int explain_run(const char *name, bool as_json)
{
	static struct explain explain;
	int error = program_find(name, &explain.program), status = EXIT_OK;

	if (error) {
		cmd_fail();
		return error == -ENOENT ? EXIT_RUN_MISSING : EXIT_RUN_CANNOT;
	}
	if (explain_program(&explain))
		status = cmd_fail();
	else if (as_json)
		explain_print_json(&explain);
	else
		print_people(&explain);
	explain_free(&explain);
	return status;
}
