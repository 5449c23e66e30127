/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of `run`. */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/run.h"
#include "lib/environment.h"
#include "lib/terminal.h"
#include "lib/text.h"

const char cmd_run_usage[] =
"usage: pisces run [-e NAME] [--with FILE[:PATH]]... "
"[--collect PATH[:TARGET]]...\n"
"                  [--root FOLDER|ARCHIVE] [--cwd FOLDER] "
"[--env NAME[=VALUE]]...\n"
"                  [--clear-env] [--cpus LIST|+N] [--timeout TIME]\n"
"                  [--kill-after TIME] [--keep] [--lazy] [--detach]\n"
"                  [--log-size SIZE] [--tty] [--] PROGRAM [ARGUMENT...]\n"
"       pisces run --explain [--json] [--] PROGRAM [ARGUMENT...]\n"
"       pisces run [-e NAME] --drop-kept\n"
"\n"
"Runs PROGRAM, an x86-64 executable or a script, in an enclave, as if it ran\n"
"here: arguments, environment, working folder, standard streams, signals and\n"
"exit status.  It sees the files it was given, its libraries and interpreter\n"
"among them, and no others.  PROGRAM is looked for in PATH.  With one enclave\n"
"no name is needed.\n"
"\n"
"  -e, --enclave NAME        the enclave\n"
"  --with FILE[:PATH]        ship FILE, or a whole folder, as PATH (default:\n"
"                            where it is here)\n"
"  --collect PATH[:TARGET]   bring the file or folder PATH back at the end, to\n"
"                            TARGET (default: a relative PATH itself, an\n"
"                            absolute one's last component)\n"
"  --root FOLDER|ARCHIVE     ship all that is in it, as /, and nothing else from\n"
"                            here; PROGRAM is looked for in it.  An archive is\n"
"                            one of cpio or tar, compressed or not\n"
"  --cwd FOLDER              the working folder there, made if need be; other\n"
"                            PATHs that are relative begin in it (default:\n"
"                            that here, with --root /)\n"
"  --env NAME=VALUE          set a variable; without =VALUE to what it is here\n"
"  --clear-env               pass on no variables but those of --env\n"
"  --cpus LIST|+N            run on these of the enclave's CPUs, such as 3 or\n"
"                            2-3,5, or on the N that have least to do\n"
"  --timeout TIME            end it with SIGTERM when it has run for so long: a\n"
"                            number of seconds, or one with ns, us, ms, s, m, h\n"
"                            or d\n"
"  --kill-after TIME         and with SIGKILL so much later (default 10s; 0:\n"
"                            never)\n"
"  --keep                    keep the larger files there, where they cannot be\n"
"                            changed, and ship none that is there already\n"
"  --lazy                    give it memory when it is touched, not when it is\n"
"                            asked for: for one that asks for far more than it\n"
"                            uses\n"
"  --drop-kept               run nothing: let go of all that is kept\n"
"  -d, --detach              leave it running: prints its session and pid.  Its\n"
"                            output is kept for pisces console\n"
"  -t, --tty                 give the program a terminal of its own, as for a\n"
"                            shell or an editor\n"
"  --log-size SIZE           how much output of a detached program is kept\n"
"                            (default 64K; a power of two from 4K to 64M)\n"
"  --explain [--json]        run nothing: say what PROGRAM may need, and whether\n"
"                            an enclave (run) or a guest (vm) is for it\n"
"\n"
"The exit status is the program's, or 128 + N if signal N ended it, or\n"
"  124  --timeout ended it\n"
"  125  pisces or the enclave failed\n"
"  126  the program cannot be executed\n"
"  127  there is no such program\n";

static const struct option table[] = {
	{ "enclave", required_argument, NULL, 'e' },
	{ "with", required_argument, NULL, 'w' },
	{ "collect", required_argument, NULL, 'c' },
	{ "root", required_argument, NULL, 'r' },
	{ "cwd", required_argument, NULL, 'C' },
	{ "env", required_argument, NULL, 'E' },
	{ "clear-env", no_argument, NULL, 'i' },
	{ "cpus", required_argument, NULL, 'p' },
	{ "timeout", required_argument, NULL, 'T' },
	{ "kill-after", required_argument, NULL, 'k' },
	{ "keep", no_argument, NULL, 'K' },
	{ "lazy", no_argument, NULL, 'L' },
	{ "drop-kept", no_argument, NULL, 'D' },
	{ "detach", no_argument, NULL, 'd' },
	{ "tty", no_argument, NULL, 't' },
	{ "log-size", required_argument, NULL, 'l' },
	{ "explain", no_argument, NULL, 'x' },
	{ "json", no_argument, NULL, 'j' },
	CMD_OPTIONS,
};

static int set_log_size(struct run_options *options, const char *text)
{
	uint64_t size;

	if (text_size(text, &size))
		return cmd_fail();
	if (size & (size - 1) || size < 4096 || size > 64 << 20)
		return cmd_usage("run: --log-size: '%s' is not a power of two "
				 "from 4K to 64M", text);
	options->log_size = size;
	return EXIT_OK;
}

static int set_folder(struct run_options *options, const char *text)
{
	if (!*text)
		return cmd_usage("run: --cwd needs the name of a folder");
	options->folder = text;
	return EXIT_OK;
}

static int add_variable(struct run_options *options, char *text)
{
	if (environment_check(text))
		return cmd_fail();
	options->environment.list[options->environment.count++] = text;
	return EXIT_OK;
}

static int set_option(struct run_options *options, int option, char **argv)
{
	switch (option) {
	case 'e':
		options->enclave = optarg;
		break;
	case 'w':
		options->with.list[options->with.count++] = optarg;
		break;
	case 'c':
		options->collect.list[options->collect.count++] = optarg;
		break;
	case 'r':
		options->root = optarg;
		break;
	case 'C':
		return set_folder(options, optarg);
	case 'E':
		return add_variable(options, optarg);
	case 'i':
		options->clear_environment = true;
		break;
	case 'p':
		return wish_cpus(optarg, &options->cpus) ? cmd_fail() : EXIT_OK;
	case 'T':
		return text_duration(optarg, &options->time_ns) ? cmd_fail()
								: EXIT_OK;
	case 'k':
		return text_duration(optarg, &options->grace_ns) ? cmd_fail()
								 : EXIT_OK;
	case 'K':
		options->keep = true;
		break;
	case 'L':
		options->lazy = true;
		break;
	case 'D':
		options->drop_kept = true;
		break;
	case 'd':
		options->detach = true;
		break;
	case 't':
		options->tty = true;
		break;
	case 'l':
		return set_log_size(options, optarg);
	case 'x':
		options->explain = true;
		break;
	case 'j':
		options->json = true;
		break;
	default:
		return cmd_option(option, argv);
	}
	return EXIT_OK;
}

/* As many values as there are words. */
static int make_room(struct run_options *options, int argc)
{
	struct run_values *all[] = {
		&options->environment, &options->with, &options->collect,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		all[i]->list = calloc((size_t)argc, sizeof(char *));
		if (!all[i]->list)
			return cmd_error("out of memory");
	}
	return EXIT_OK;
}

/* Options that do not go together. */
static int check(const struct run_options *options)
{
	if (options->detach && options->collect.count)
		return cmd_usage("run: --collect needs somebody who waits for "
				 "the end, so it does not go with --detach");
	if (options->detach && options->time_ns)
		return cmd_usage("run: --timeout needs somebody who waits for "
				 "the end, so it does not go with --detach");
	if (options->log_size && !options->detach)
		return cmd_usage("run: --log-size goes with --detach: other "
				 "output is not kept");
	if (options->grace_ns >= 0 && !options->time_ns)
		return cmd_usage("run: --kill-after needs a --timeout");
	if (options->detach && options->tty)
		return cmd_usage("run: --tty needs somebody at the terminal, "
				 "so it does not go with --detach");
	if (options->json && !options->explain)
		return cmd_usage("run: --json goes with --explain");
	if (options->explain && options->root)
		return cmd_usage("run: --explain looks at what lies here, so "
				 "it does not go with --root");
	if (options->tty && !options->explain && terminal_check())
		return cmd_fail();
	return EXIT_OK;
}

int run_options_parse(struct run_options *options, int argc, char **argv)
{
	int option, status;

	*options = (struct run_options){ .grace_ns = -1 };
	status = make_room(options, argc);
	while (!status && (option = getopt_long(argc, argv, "+:hdte:", table,
						NULL)) >= 0) {
		status = set_option(options, option, argv);
		if (option == 'h')
			return status;
	}
	if (status)
		return status;
	if (options->drop_kept)
		return optind < argc ?
		       cmd_usage("run: --drop-kept runs nothing, so '%s' is "
				 "too much", argv[optind]) : -1;
	if (optind >= argc)
		return cmd_usage("run: no PROGRAM is named: see pisces run "
				 "--help");
	options->arguments = argv + optind;
	status = check(options);
	return status ? status : -1;
}

void run_options_free(struct run_options *options)
{
	free(options->environment.list);
	free(options->with.list);
	free(options->collect.list);
}
