/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results that come back from an enclave: what is written where, and what is
 * said of that which does not come.
 *
 * Build: lib/collect.c lib/collect-target.c lib/bundle-path.c lib/bundle.c lib/error.c
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/collect.h"
#include "lib/error.h"
#include "tap.h"

static struct collect collect;
static char archive[16384];
static size_t size;

static void ask_for(const char *argument)
{
	collect_init(&collect);
	size = 0;
	CHECK(collect_add(&collect, argument, "/in") == 0);
}

static void pad(void)
{
	while (size % 4)
		archive[size++] = 0;
}

static void entry(const char *name, unsigned mode, const char *data)
{
	unsigned length = (unsigned)strlen(name) + 1;

	size += (size_t)sprintf(archive + size, "070701%08x%08x%08x%08x%08x"
				"%08x%08zx%08x%08x%08x%08x%08x%08x%s", 1, mode,
				0, 0, 1, 1000000, strlen(data), 0, 0, 0, 0,
				length, 0, name) + 1;
	pad();
	size += (size_t)sprintf(archive + size, "%s", data);
	pad();
}

/* What collect_finish() says, or "" if all is well. */
static const char *end(void)
{
	int error;

	entry("TRAILER!!!", 0, "");
	CHECK(collect_feed(&collect, (uint8_t *)archive, size) == 0);
	error = collect_finish(&collect);
	collect_free(&collect);
	return error ? error_text() : "";
}

static bool holds(const char *path, const char *text)
{
	char bytes[100] = "";
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes) - 1);

	close(fd);
	return n >= 0 && !strcmp(bytes, text);
}

static void files_and_folders_come_back(void)
{
	struct stat status;

	ask_for("out");
	entry("/in/out", S_IFDIR | 0755, "");
	entry("/in/out/file", S_IFREG | 0604, "text");
	entry("/in/other", S_IFREG | 0644, "not asked for");
	CHECK(!strcmp(end(), ""));
	CHECK(holds("out/file", "text"));
	CHECK(stat("out/file", &status) == 0 && status.st_mtime == 1000000 &&
	      (status.st_mode & 0777) == 0604);
	CHECK(access("other", F_OK) == -1);
}

static void what_is_not_there_is_an_error(void)
{
	ask_for("nothing");
	CHECK(!strcmp(end(), "/in/nothing: the program left no such file to "
		      "collect"));
}

static void the_rest_comes_back_where_something_cannot(void)
{
	static const struct {
		unsigned mode;
		const char *error;
	} kinds[] = {
		{ S_IFIFO | 0644, "it is a pipe" },
		{ S_IFSOCK | 0644, "it is a socket" },
		{ S_IFCHR | 0644, "it is a device" },
		{ 0644, "it has 4 GiB or more, or cannot be read" },
	};
	char text[200];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unlink("out/file");
		ask_for("out");
		entry("/in/out", S_IFDIR | 0755, "");
		entry("/in/out/strange", kinds[i].mode, "");
		entry("/in/out/file", S_IFREG | 0644, "text");
		snprintf(text, sizeof(text),
			 "cannot bring /in/out/strange back: %s",
			 kinds[i].error);
		CHECK(!strcmp(end(), text));
		CHECK(holds("out/file", "text"));
		CHECK(access("out/strange", F_OK) == -1);

		ask_for("strange");
		entry("/in/strange", kinds[i].mode, "");
		snprintf(text, sizeof(text), "cannot bring /in/strange back: "
			 "%s", kinds[i].error);
		CHECK(!strcmp(end(), text));
	}
}

static bool points(const char *path, const char *to)
{
	char text[100];
	ssize_t n = readlink(path, text, sizeof(text));

	return n == (ssize_t)strlen(to) && !memcmp(text, to, (size_t)n);
}

static void links_in_a_folder_come_back(void)
{
	ask_for("out");
	entry("/in/out", S_IFDIR | 0755, "");
	entry("/in/out/link", S_IFLNK | 0777, "old");
	CHECK(!strcmp(end(), ""));
	CHECK(points("out/link", "old"));

	ask_for("out");
	entry("/in/out/link", S_IFLNK | 0777, "file");
	entry("/in/out/deep/link", S_IFLNK | 0777, "../../nowhere");
	CHECK(!strcmp(end(), ""));
	CHECK(points("out/link", "file"));
	CHECK(points("out/deep/link", "../../nowhere"));
}

static void a_link_replaces_no_file(void)
{
	ask_for("out");
	entry("/in/out/file", S_IFREG | 0644, "text");
	entry("/in/out/file", S_IFLNK | 0777, "link");
	CHECK(!strcmp(end(), "cannot write the result /in/out/file to out: "
		      "File exists"));
	CHECK(holds("out/file", "text"));
}

static void a_path_that_is_a_link_is_an_error(void)
{
	ask_for("path");
	entry("/in/path", S_IFLNK | 0777, "file");
	CHECK(!strcmp(end(), "cannot bring /in/path back: it is a symbolic "
		      "link itself"));
}

/* What the enclave sends does not get out of the target by a link of its own.*/
static void nothing_is_written_through_a_link(void)
{
	unlink("out/link");
	CHECK(mkdir("safe", 0755) == 0);
	ask_for("out");
	CHECK(collect_add(&collect, "more:out/link/more", "/in") == 0);
	entry("/in/out/link", S_IFLNK | 0777, "../safe");
	entry("/in/more", S_IFREG | 0644, "text");
	CHECK(*end());
	CHECK(access("safe/more", F_OK) == -1);
	unlink("out/link");

	ask_for("out");
	entry("/in/out/link", S_IFLNK | 0777, "../safe");
	entry("/in/out/link/file", S_IFREG | 0644, "text");
	CHECK(*end());
	CHECK(access("safe/file", F_OK) == -1);
	unlink("out/link/file");
	rmdir("out/link");

	CHECK(symlink("../safe", "out/again") == 0);
	ask_for("out");
	entry("/in/out/again/file", S_IFREG | 0644, "text");
	CHECK(*end() && access("safe/file", F_OK) == -1);
	ask_for("out");
	entry("/in/out/again/link", S_IFLNK | 0777, "text");
	CHECK(*end() && access("safe/link", F_OK) == -1);
	rmdir("safe");
}

static void what_makes_no_link_is_refused(void)
{
	static char long_text[PATH_MAX + 1];

	ask_for("out");
	entry("/in/out/empty", S_IFLNK | 0777, "");
	CHECK(*end());
	memset(long_text, 'x', PATH_MAX);
	ask_for("out");
	entry("/in/out/long", S_IFLNK | 0777, long_text);
	CHECK(*end());
}

static void what_nobody_asked_for_is_not_missed(void)
{
	ask_for("out");
	entry("/in/out", S_IFDIR | 0755, "");
	entry("/in/link", S_IFLNK | 0777, "out");
	CHECK(!strcmp(end(), ""));
}

int main(void)
{
	char folder[] = "/tmp/test_collect.XXXXXX";

	umask(022);
	if (!mkdtemp(folder) || chdir(folder))
		return 1;
	RUN(files_and_folders_come_back);
	RUN(what_is_not_there_is_an_error);
	RUN(the_rest_comes_back_where_something_cannot);
	RUN(links_in_a_folder_come_back);
	RUN(a_link_replaces_no_file);
	RUN(a_path_that_is_a_link_is_an_error);
	RUN(nothing_is_written_through_a_link);
	RUN(what_makes_no_link_is_refused);
	RUN(what_nobody_asked_for_is_not_missed);
	unlink("out/file");
	unlink("out/link");
	unlink("out/again");
	unlink("out/deep/link");
	rmdir("out/deep");
	rmdir("out");
	if (chdir("..") || rmdir(folder))
		printf("# %s stays\n", folder);
	return tap_end();
}
