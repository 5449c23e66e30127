/* SPDX-License-Identifier: GPL-2.0-only */
/* run --explain --json. */
#include "cmd/explain.h"
#include "lib/json.h"

static void print_files(struct json *json, const struct explain *explain)
{
	static const char *const kinds[] = {
		[LIBRARY_INTERPRETER] = "interpreter",
		[LIBRARY_LOADER] = "loader", [LIBRARY_LIBRARY] = "library",
	};

	json_open(json, "files", '[');
	for (size_t i = 0; i < explain->file_count; i++) {
		const struct explain_file *file = &explain->files[i];

		json_open(json, NULL, '{');
		json_text(json, "kind", kinds[file->kind]);
		json_text(json, "name", file->name);
		json_text_or_null(json, "path", file->path);
		json_text(json, "needed_by", file->by);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void print_images(struct json *json, const struct explain *explain,
			 scan_images by)
{
	json_open(json, "by", '[');
	for (size_t i = 0; i < explain->image_count && i < 63; i++)
		if (by & scan_image_bit(i))
			json_text(json, NULL, explain->images[i].path);
	json_close(json, ']');
}

static void print_calls(struct json *json, const struct explain *explain)
{
	json_open(json, "calls", '[');
	for (size_t i = 0; i < CALLS; i++) {
		if (!explain->scan.calls[i] || !calls[i].name)
			continue;
		json_open(json, NULL, '{');
		json_text(json, "name", calls[i].name);
		json_number(json, "number", i);
		json_bool(json, "served", calls[i].served);
		json_bool(json, "optional", needs_is_optional(calls[i].name));
		print_images(json, explain, explain->scan.calls[i]);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_bool(json, "unknown_calls", explain->scan.unknown_call);
}

static void print_needs(struct json *json, const struct explain *explain)
{
	json_open(json, "needs", '[');
	for (size_t i = 0; i < explain->needs.count; i++) {
		const struct need *need = &explain->needs.list[i];

		json_open(json, NULL, '{');
		json_text(json, "what", need->what);
		json_text(json, "how", need->how);
		json_bool(json, "decides", need->decides);
		print_images(json, explain, need->by);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void explain_print_json(const struct explain *explain)
{
	struct json json;

	json_begin(&json, stdout);
	json_open(&json, NULL, '{');
	json_text(&json, "program", explain->program.path);
	json_text(&json, "kind", explain_is_script(explain) ? "script" :
		  explain_is_dynamic(explain) ? "dynamic" : "static");
	print_files(&json, explain);
	print_calls(&json, explain);
	print_needs(&json, explain);
	json_bool(&json, "loads_code", explain->needs.loads);
	json_bool(&json, "starts_programs", explain->needs.starts);
	json_text(&json, "verdict", explain->needs.guest ? "vm" : "run");
	json_text(&json, "reason", explain_reason(explain));
	json_close(&json, '}');
	json_end(&json);
}
