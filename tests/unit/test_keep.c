/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that are not shipped because they are there (lib/keep.c, lib/bundle*.c);
 * the enclave is this test.
 * Build: lib/keep.c lib/hash.c lib/bundle.c lib/bundle-path.c lib/bundle-tree.c lib/bundle-write.c lib/links.c lib/root.c lib/archive.c lib/archive-cpio.c lib/archive-tar.c lib/decompress.c lib/error.c lib/text.c
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/keep.h"
#include "lib/request.h"

#include "tap.h"

#define SIZE	200000

/* What the enclave has, and what it was asked for. */
static uint8_t has[HASH_SIZE];
static unsigned int asked;
static int refusal;

int request_begin(struct node *node, int timeout_ms)
{
	(void)node;
	(void)timeout_ms;
	return 0;
}

void request_end(struct node *node)
{
	(void)node;
}

int request_exchange(struct node *node, uint32_t type, uint64_t argument[6],
		     int timeout_ms, int *answered)
{
	(void)node;
	(void)timeout_ms;
	*answered = 1;
	if (refusal || type != PISCES_REQUEST_SESSION_KEEP || argument[0] != 7)
		return refusal ? refusal : -EINVAL;
	argument[1] = !memcmp(argument + 1, has, sizeof(has));
	argument[0] = asked++;
	return 0;
}

int request_simple(struct node *node, uint32_t type, uint64_t argument[6],
		   int timeout_ms, int *answered)
{
	(void)node;
	(void)timeout_ms;
	*answered = 1;
	if (type != PISCES_REQUEST_DROP_KEPT || argument[0] != getuid())
		return -EINVAL;
	argument[0] = 3;
	argument[1] = 99;
	return 0;
}

static struct node node = { .name = "e" };
static struct session session = { .node = &node, .number = 7 };
static struct bundle bundle;
static char archive[4 * SIZE];

static void fill(const char *name, size_t size, char byte)
{
	static char data[SIZE];
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	memset(data, byte, size);
	if (write(fd, data, size) != (ssize_t)size || futimens(fd, times))
		exit(1);
	close(fd);
}

/* A large file, a small one, and the large one again; all with keys. */
static void begin(void)
{
	bundle_free(&bundle);
	asked = 0;
	refusal = 0;
	CHECK(bundle_add_file(&bundle, "large", "/a/large") == 0);
	CHECK(bundle_add_file(&bundle, "small", "/a/small") == 0);
	CHECK(bundle_add_file(&bundle, "large", "/b") == 0);
	CHECK(keep_hash(&bundle) == 0);
}

static struct bundle_file *file(const char *path)
{
	return bundle_find(&bundle, path)->file;
}

/* The bytes of the archive, or -errno. */
static int64_t ship(void)
{
	int64_t all = 0, n;

	bundle_finish(&bundle);
	while ((n = bundle_read(&bundle, archive + all, 1000)) > 0)
		all += n;
	CHECK(n < 0 || all == (int64_t)bundle.bytes);
	return n < 0 ? n : all;
}

/* NUMBER in the header of NAME, counted from 0. */
static unsigned int field(const char *name, int number)
{
	char digits[9] = "";

	for (size_t i = 110; i < sizeof(archive) - 100; i++)
		if (!strcmp(archive + i, name) &&
		    !memcmp(archive + i - 110, "070701", 6)) {
			memcpy(digits, archive + i - 110 + 6 + 8 * number, 8);
			return (unsigned int)strtoul(digits, NULL, 16);
		}
	return ~0u;
}

static void what_is_there_is_not_shipped(void)
{
	int64_t whole;

	begin();
	memset(has, 0, sizeof(has));
	CHECK(keep_ask(&session, &bundle) == 0 && asked == 2);
	whole = ship();
	CHECK(whole > 2 * SIZE && field("a/large", 6) == SIZE);
	CHECK(field("a/large", 9) == PISCES_KEPT_MARK &&
	      field("a/large", 10) == 0 && field("b", 10) == 1);
	CHECK(field("a/small", 9) == 0);
	memcpy(has, file("/a/large")->key, sizeof(has));
	begin();
	CHECK(keep_ask(&session, &bundle) == 0 && asked == 2);
	CHECK(ship() < whole - 2 * SIZE + 512);
	CHECK(field("a/large", 6) == 0 &&
	      field("a/large", 9) == PISCES_KEPT_MARK);
	CHECK(field("a/small", 6) == 100);
}

static void a_key_is_of_contents_and_looks(void)
{
	uint8_t key[HASH_SIZE];

	begin();
	CHECK(!file("/a/small")->keyed);
	memcpy(key, file("/a/large")->key, sizeof(key));
	CHECK(!memcmp(key, file("/b")->key, sizeof(key)));
	fill("large", SIZE, 'y');
	begin();
	CHECK(memcmp(key, file("/a/large")->key, sizeof(key)));
	fill("large", SIZE, 'x');
	begin();
	CHECK(!memcmp(key, file("/a/large")->key, sizeof(key)));
	chmod("large", 0600);
	begin();
	CHECK(memcmp(key, file("/a/large")->key, sizeof(key)));
	fill("large", SIZE, 'x');
	chmod("large", 0644);
	utimensat(AT_FDCWD, "large", (struct timespec[2]){ { .tv_sec = 2 },
		  { .tv_sec = 2 } }, 0);
	begin();
	CHECK(memcmp(key, file("/a/large")->key, sizeof(key)));
	fill("large", SIZE, 'x');
}

static void what_changes_while_it_is_shipped_is_an_error(void)
{
	begin();
	memset(has, 0, sizeof(has));
	CHECK(keep_ask(&session, &bundle) == 0);
	fill("large", SIZE, 'z');
	CHECK(ship() == -EIO);
	CHECK(!strcmp(error_text(), "large: changed while it was shipped"));
	fill("large", SIZE, 'x');
}

static void names_of_one_file_are_asked_for_once(void)
{
	mkdir("tree", 0755);
	link("large", "tree/one");
	link("large", "tree/two");
	bundle_free(&bundle);
	asked = 0;
	CHECK(bundle_add_tree(&bundle, "tree", "/t") == 0);
	CHECK(keep_hash(&bundle) == 0 && keep_ask(&session, &bundle) == 0);
	CHECK(asked == 1);
	CHECK(ship() > SIZE);
	CHECK((field("t/one", 9) == PISCES_KEPT_MARK) +
	      (field("t/two", 9) == PISCES_KEPT_MARK) == 1);
	unlink("tree/one");
	unlink("tree/two");
}

static void an_enclave_that_cannot_is_an_error(void)
{
	begin();
	refusal = -ENOSYS;
	CHECK(keep_ask(&session, &bundle) == -ENOSYS);
	CHECK(!strcmp(error_text(), "e keeps no files: Function not "
		      "implemented"));
}

static void dropping_says_how_much_there_was(void)
{
	uint64_t files, bytes;

	CHECK(keep_drop(&node, &files, &bytes) == 0 && files == 3 &&
	      bytes == 99);
}

int main(void)
{
	char folder[] = "/tmp/pisces-keep-XXXXXX";

	if (!mkdtemp(folder) || chdir(folder))
		return 1;
	umask(022);
	bundle_init(&bundle);
	fill("large", SIZE, 'x');
	fill("small", 100, 's');
	RUN(what_is_there_is_not_shipped);
	RUN(a_key_is_of_contents_and_looks);
	RUN(what_changes_while_it_is_shipped_is_an_error);
	RUN(names_of_one_file_are_asked_for_once);
	RUN(an_enclave_that_cannot_is_an_error);
	RUN(dropping_says_how_much_there_was);
	bundle_free(&bundle);
	unlink("large");
	unlink("small");
	rmdir("tree");
	rmdir(folder);
	return tap_end();
}
