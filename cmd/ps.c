/* SPDX-License-Identifier: GPL-2.0-only */
/* ps: list what runs in enclaves. */
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/ps.h"
#include "lib/enclave.h"
#include "lib/node.h"
#include "lib/text.h"
#include "lib/view.h"

const char cmd_ps_usage[] =
"usage: pisces ps [--json] [-e NAME | NAME]\n"
"\n"
"Lists the processes that run in the enclave NAME, or in all of them, one a\n"
"line: enclave, pid, user, the CPU where it runs or ran last, state, threads,\n"
"resident memory in KiB, CPU time, and the command with its arguments, which a\n"
"terminal shows as far as its width goes.  States, as in ps(1): R running or\n"
"waiting for a CPU, S asleep, T stopped, Z ended but not waited for.\n"
"\n"
"  -e, --enclave NAME   only this enclave\n"
"  --json               an array of objects with the keys enclave, pid,\n"
"                       parent_pid (or null), session (or null), uid, gid, user\n"
"                       (or null), cpu, state, threads, memory_mapped,\n"
"                       memory_resident (bytes), cpu_time_ns, start_ns, name and\n"
"                       arguments\n";

#define USER_WIDTH	8	/* a longer name is shown as a number */

struct ps {
	struct json json;
	bool as_json;
	size_t width;		/* of a line, 0: no limit */
};

const char *ps_user(uint32_t uid)
{
	static uint32_t known;
	static char name[256];
	const struct passwd *entry;

	if (!*name || uid != known) {
		entry = getpwuid(uid);
		snprintf(name, sizeof(name), "%s", entry ? entry->pw_name : "");
		known = uid;
	}
	return *name ? name : NULL;
}

static const char *user_text(uint32_t uid)
{
	static char number[16];
	const char *name = ps_user(uid);

	if (name && strlen(name) <= USER_WIDTH)
		return name;
	snprintf(number, sizeof(number), "%" PRIu32, uid);
	return number;
}

/* As ps(1) has it: [DD-]HH:MM:SS. */
static const char *time_text(uint64_t ns)
{
	static char text[40];
	uint64_t s = ns / 1000000000;
	int n = 0;

	if (s >= 86400)
		n = snprintf(text, sizeof(text), "%" PRIu64 "-", s / 86400);
	snprintf(text + n, sizeof(text) - (size_t)n, "%02d:%02d:%02d",
		 (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60));
	return text;
}

/* The caller frees it; NULL: no memory. */
static char *command_text(const struct pisces_process *process)
{
	size_t n = process->length;
	char *text;

	if (!n || !*process->arguments)
		return asprintf(&text, "[%s]%s", process->name,
				process->state == 'Z' ? " <defunct>" : "") < 0
				? NULL : text;
	text = malloc(n + 1);
	if (!text)
		return NULL;
	memcpy(text, process->arguments, n);
	for (; n && !text[n - 1]; n--)
		;
	for (size_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	text[n] = 0;
	return text;
}

/* What is in an enclave must not upset the terminal. */
static void print_line(const struct ps *ps, char *line, size_t length)
{
	text_clean_line(line);
	if (ps->width && length > ps->width)
		line[ps->width] = 0;
	puts(line);
}

static int print_row(const struct ps *ps, const char *enclave,
		     const struct pisces_process *process)
{
	char *command = command_text(process), *line = NULL;
	int n = -1;

	if (command)
		n = asprintf(&line, "%-16s %5d %-8s %4" PRIu32 " %-5c %7" PRIu32
			     " %8" PRIu64 " %8s %s", enclave, process->pid,
			     user_text(process->uid), process->cpu,
			     (char)process->state, process->threads,
			     process->resident >> 10,
			     time_text(process->cpu_time), command);
	if (n >= 0)
		print_line(ps, line, (size_t)n);
	free(command);
	if (n >= 0)
		free(line);
	return n < 0 ? cmd_error("out of memory") : EXIT_OK;
}

static int print_node(struct ps *ps, struct node *node)
{
	struct processes processes;
	int status = EXIT_OK;

	if (processes_read(&processes, node))
		status = cmd_fail();
	else if (ps->as_json)
		ps_print_json(&ps->json, node->name, &processes);
	else
		for (size_t i = 0; i < processes.count && !status; i++)
			status = print_row(ps, node->name, processes.list[i]);
	processes_free(&processes);
	return status;
}

static int print_one(struct ps *ps, const char *name)
{
	char found[PISCES_NAME_SIZE];
	struct node node = { .fd = -1 };
	int status;

	if (cmd_need_module())
		return EXIT_FAILED;
	if (enclave_resolve(name, found) || node_open(&node, found) ||
	    node_require_running(&node))
		status = cmd_fail();
	else
		status = print_node(ps, &node);
	node_close(&node);
	return status;
}

/* Those that do not run have nothing that does. */
static int print_all(struct ps *ps)
{
	struct pisces_ioctl_status *list;
	int status = EXIT_OK;
	size_t count;

	if (view_all(&list, &count))
		return cmd_fail();
	for (size_t i = 0; i < count; i++) {
		int failed = EXIT_OK;

		if (list[i].state == PISCES_ENCLAVE_RUNNING)
			failed = print_one(ps, list[i].name);
		status = status ? status : failed;
	}
	free(list);
	return status;
}

/* As ps(1): what COLUMNS says counts before what the terminal says. */
static size_t line_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize window;
	uint64_t width;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (columns && !text_number(columns, &width) && width)
		return width;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) && window.ws_col)
		return window.ws_col;
	return 80;
}

static int print(struct ps *ps, const char *name)
{
	char head[] = "ENCLAVE            PID USER      CPU STATE THREADS      "
		      "RSS     TIME COMMAND";
	int status;

	json_begin(&ps->json, stdout);
	if (ps->as_json)
		json_open(&ps->json, NULL, '[');
	else
		print_line(ps, head, strlen(head));
	status = name ? print_one(ps, name) : print_all(ps);
	if (ps->as_json) {
		json_close(&ps->json, ']');
		json_end(&ps->json);
	}
	return status;
}

int cmd_ps(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "enclave", required_argument, NULL, 'e' },
		CMD_OPTIONS,
	};
	struct ps ps = { .width = line_width() };
	const char *name = NULL;
	int option;

	while ((option = getopt_long(argc, argv, ":he:", options, NULL)) >= 0)
		switch (option) {
		case 'j':
			ps.as_json = true;
			break;
		case 'e':
			name = optarg;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (cmd_name(argc, argv, &name))
		return EXIT_USAGE;
	return print(&ps, name);
}
