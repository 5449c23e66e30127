/* SPDX-License-Identifier: GPL-2.0-only */
/* noise: measure what keeps CPUs from computing; its command line. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/noise.h"
#include "lib/affinity.h"
#include "lib/cpu.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/text.h"

const char cmd_noise_usage[] =
"usage: pisces noise [-e NAME] [--cpus LIST|+N] [--host LIST] [--no-enclave]\n"
"                    [--seconds TIME] [--threshold TIME] [--work TIME]\n"
"                    [--json] [--csv FILE] [--svg FILE]\n"
"\n"
"Measures what keeps CPUs of an enclave, and with --host of Linux, from\n"
"computing, with the same code on all of them at once.  First a loop looks at the\n"
"TSC again and again: what lies between two looks that are further apart than the\n"
"threshold is a detour.  Then a loop repeats a piece of work, and each turn is\n"
"timed: what it takes above the shortest one is lost.  Shows count, percentiles,\n"
"the lost share, the interrupts meanwhile, plots and histograms.\n"
"\n"
"  -e, --enclave NAME   the enclave; with one no name is needed\n"
"  --cpus LIST|+N       its CPUs, such as 3 or 2-3,5, or the N that have least to\n"
"                       do (default +1)\n"
"  --host LIST          these CPUs of Linux, too\n"
"  --no-enclave         only those\n"
"  --seconds TIME       each loop takes so long (default 10): seconds, or with\n"
"                       ns, us, ms, s, m or h\n"
"  --threshold TIME     what is longer is a detour (default 1us)\n"
"  --work TIME          what a turn of work takes (default 100us)\n"
"  --csv FILE           write every detour and turn of work: side (linux or the\n"
"                       enclave's name), cpu, loop, start_ns, duration_ns\n"
"  --svg FILE           draw them\n"
"  --json               print an object with the keys time_ns, threshold_ns,\n"
"                       work_ns, hypervisor (null, or what it calls itself) and\n"
"                       cpus: for each side (linux or enclave), enclave (its\n"
"                       name, or null), cpu, interrupts, stolen_ns, detours and\n"
"                       work, each of which has time_ns, count, shortest_ns,\n"
"                       median_ns, p99_ns, p999_ns, longest_ns, lost_ns and\n"
"                       kept (how many are in the files and plots)\n"
"\n"
"Percentiles are true to 1/16.  The first 65536 detours and 1048576 turns of a\n"
"CPU are kept for files and plots.  What a program sees is not always the\n"
"kernel's doing: firmware (SMI) and a hypervisor can stop a CPU, too.\n";

#define TIME_MOST	(3600 * 1000000000ll)

/* Where the results go, too. */
struct file {
	const char *path;	/* NULL: nowhere */
	int fd;
	bool made;		/* it is new */
};

struct options {
	const char *enclave;
	bool no_enclave, json;
	struct cpu_wish cpus, host;	/* COUNT 0: not given */
	struct noise_settings settings;
	struct file csv, svg;
	const char *measure;
};

static const struct option table[] = {
	{ "enclave", required_argument, NULL, 'e' },
	{ "cpus", required_argument, NULL, 'c' },
	{ "host", required_argument, NULL, 'H' },
	{ "no-enclave", no_argument, NULL, 'n' },
	{ "seconds", required_argument, NULL, 's' },
	{ "threshold", required_argument, NULL, 't' },
	{ "work", required_argument, NULL, 'w' },
	{ "csv", required_argument, NULL, 'C' },
	{ "svg", required_argument, NULL, 'S' },
	{ "json", no_argument, NULL, 'j' },
	{ "measure", required_argument, NULL, 'm' },	/* for ourselves */
	CMD_OPTIONS,
};

static int set_time(const char *option, const char *text, int64_t *ns)
{
	if (text_duration(text, ns))
		return cmd_usage("noise: %s: %s", option, error_text());
	if (*ns < 1 || *ns > TIME_MOST)
		return cmd_usage("noise: %s: '%s' is not a time above 0 and up "
				 "to 1h", option, text);
	return EXIT_OK;
}

static int set_cpus(struct cpu_wish *wish)
{
	return wish_cpus(optarg, wish) ? cmd_usage("noise: %s", error_text()) :
		EXIT_OK;
}

static int set_host(struct options *options)
{
	int status = set_cpus(&options->host);

	if (status)
		return status;
	if (options->host.any)
		return cmd_usage("noise: --host: '%s' is not a list of CPUs, "
				 "such as 3 or 2-3,5", optarg);
	return EXIT_OK;
}

static int set_option(struct options *options, int option, char **argv)
{
	switch (option) {
	case 'e':
		options->enclave = optarg;
		break;
	case 'c':
		return set_cpus(&options->cpus);
	case 'H':
		return set_host(options);
	case 'n':
		options->no_enclave = true;
		break;
	case 's':
		return set_time("--seconds", optarg,
				&options->settings.time_ns);
	case 't':
		return set_time("--threshold", optarg,
				&options->settings.threshold_ns);
	case 'w':
		return set_time("--work", optarg, &options->settings.work_ns);
	case 'C':
		options->csv.path = optarg;
		break;
	case 'S':
		options->svg.path = optarg;
		break;
	case 'j':
		options->json = true;
		break;
	case 'm':
		options->measure = optarg;
		break;
	default:
		return cmd_option(option, argv);
	}
	return EXIT_OK;
}

static int check_options(const struct options *options)
{
	if (options->no_enclave && (options->enclave || options->cpus.count))
		return cmd_usage("noise: --no-enclave does not go with %s",
				 options->enclave ? "--enclave" : "--cpus");
	if (options->no_enclave && !options->host.count)
		return cmd_usage("noise: --no-enclave needs --host");
	if (options->settings.work_ns > options->settings.time_ns)
		return cmd_usage("noise: a turn of --work takes longer than "
				 "--seconds");
	return EXIT_OK;
}

/* The other side of noise-run.c. */
static int measure(const char *text)
{
	struct noise_settings settings;

	if (sscanf(text, "%" SCNd64 ",%" SCNd64 ",%" SCNd64,
		   &settings.time_ns, &settings.threshold_ns,
		   &settings.work_ns) != 3)
		return cmd_usage("noise: --measure: '%s' is not three times",
				 text);
	return noise_measure(&settings, STDIN_FILENO, STDOUT_FILENO)
		? cmd_fail() : EXIT_OK;
}

/* Before anything is measured: can it be written? */
static int open_file(struct file *file)
{
	if (!file->path)
		return EXIT_OK;
	file->made = access(file->path, F_OK);
	file->fd = open(file->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (file->fd < 0)
		return cmd_error("noise: cannot write %s: %s", file->path,
				 strerror(errno));
	return EXIT_OK;
}

/* Nothing came of it. */
static void drop_file(struct file *file)
{
	if (file->fd < 0)
		return;
	close(file->fd);
	if (file->made)
		unlink(file->path);
}

static int fill_file(struct file *file, const struct noise *noise,
		     void (*fill)(const struct noise *noise, FILE *out))
{
	FILE *out;
	bool bad;

	if (file->fd < 0)
		return EXIT_OK;
	/* Of a pipe or a terminal there is nothing to cut. */
	if (ftruncate(file->fd, 0))
		errno = 0;
	out = fdopen(file->fd, "w");
	if (!out)
		return cmd_error("noise: cannot write %s: %s", file->path,
				 strerror(errno));
	file->fd = -1;
	fill(noise, out);
	bad = ferror(out);
	if (fclose(out) || bad)
		return cmd_error("noise: cannot write %s: %s", file->path,
				 strerror(errno));
	return EXIT_OK;
}

/* The CPUs to measure: room for them, and which. */
static int add_cpus(struct noise *noise, const unsigned int *list, int count,
		    bool host)
{
	struct noise_cpu *more;
	size_t all = (size_t)noise->count + (size_t)count;

	more = realloc(noise->cpus, all * sizeof(*more));
	if (!more)
		return cmd_error("noise: out of memory");
	noise->cpus = more;
	for (int i = 0; i < count; i++)
		noise->cpus[noise->count++] = (struct noise_cpu){
			.host = host, .cpu = list[i],
		};
	return EXIT_OK;
}

static int add_enclave(struct noise *noise, const struct options *options)
{
	static unsigned int list[PISCES_MAX_CPUS];
	const struct cpu_wish one = { .any = true, .count = 1 };
	char found[PISCES_NAME_SIZE];
	int count, status = cmd_need_module();

	if (status)
		return status;
	if (enclave_resolve(options->enclave, found) ||
	    node_open(&noise->node, found) ||
	    node_require_running(&noise->node) || node_map_stats(&noise->node))
		return cmd_fail();
	count = affinity_choose(noise->node.stats, noise->node.name,
				options->cpus.count ? &options->cpus : &one,
				list);
	return count < 0 ? cmd_fail() : add_cpus(noise, list, count, false);
}

static int add_host(struct noise *noise, const struct options *options)
{
	for (int i = 0; i < options->host.count; i++)
		if (!cpu_is_online(options->host.list[i]))
			return cmd_error("noise: --host: CPU %u is not one of "
					 "Linux's that are online",
					 options->host.list[i]);
	return add_cpus(noise, options->host.list, options->host.count, true);
}

static int show(const struct noise *noise, struct options *options)
{
	int status = fill_file(&options->csv, noise, noise_write_csv);

	if (!status)
		status = fill_file(&options->svg, noise, noise_write_svg);
	if (options->json) {
		noise_print_json(noise);
	} else {
		noise_print(noise);
		noise_print_plots(noise);
	}
	return status;
}

static int run(struct options *options)
{
	struct noise noise = { .node.fd = -1, .settings = options->settings };
	int status = EXIT_OK;

	if (!options->no_enclave)
		status = add_enclave(&noise, options);
	if (!status)
		status = add_host(&noise, options);
	if (!status)
		status = open_file(&options->csv);
	if (!status)
		status = open_file(&options->svg);
	if (!status)
		status = noise_run(&noise);
	if (!status)
		status = show(&noise, options);
	drop_file(&options->csv);
	drop_file(&options->svg);
	for (int i = 0; i < noise.count; i++)
		noise_free(&noise.cpus[i].report);
	free(noise.cpus);
	node_close(&noise.node);
	return status;
}

int cmd_noise(int argc, char **argv)
{
	static struct options options = {
		.settings = { 10000000000, 1000, 100000 },
		.csv.fd = -1, .svg.fd = -1,
	};
	int option, status = EXIT_OK;

	while (!status && (option = getopt_long(argc, argv, ":he:", table,
						NULL)) >= 0) {
		status = set_option(&options, option, argv);
		if (option == 'h')
			return status;
	}
	if (!status)
		status = cmd_no_more(argc, argv);
	if (!status && options.measure)
		return measure(options.measure);
	if (!status)
		status = check_options(&options);
	return status ? status : run(&options);
}
