/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * files [FOLDER]: makes, fills, reads, moves and removes files and folders in
 * a folder of its own below FOLDER (default .), and prints what it saw.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TRY(call)	tried(#call, (long)(call))

static void tried(const char *what, long result)
{
	printf("%s = %ld%s%s\n", what, result < 0 ? -1 : result,
	       result < 0 ? ", " : "", result < 0 ? strerror(errno) : "");
}

static void show(const char *name)
{
	struct stat stat;

	if (lstat(name, &stat)) {
		printf("%s: %s\n", name, strerror(errno));
		return;
	}
	printf("%s: mode %o", name, stat.st_mode);
	if (!S_ISDIR(stat.st_mode))
		printf(", %lld bytes, %lu links", (long long)stat.st_size,
		       (unsigned long)stat.st_nlink);
	printf("\n");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *folder)
{
	char *names[200];
	int count = 0;
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (!dir) {
		printf("%s: %s\n", folder, strerror(errno));
		return;
	}
	while ((entry = readdir(dir)) && count < 200)
		names[count++] = strdup(entry->d_name);
	closedir(dir);
	qsort(names, (size_t)count, sizeof(*names), by_name);
	printf("%s has", folder);
	for (int i = 0; i < count; i++) {
		printf(" %s", names[i]);
		free(names[i]);
	}
	printf("\n");
}

static void write_and_read(void)
{
	char text[64] = "";
	int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);

	TRY(write(fd, "hello, world\n", 13));
	TRY(lseek(fd, 7, SEEK_SET));
	TRY(read(fd, text, sizeof(text)));
	printf("read '%s'\n", text);
	TRY(read(fd, text, sizeof(text)));
	TRY(pwrite(fd, "W", 1, 7));
	TRY(pread(fd, text, 5, 7));
	printf("read '%.5s'\n", text);
	TRY(lseek(fd, -3, SEEK_END));
	TRY(lseek(fd, -1, SEEK_SET));
	close(fd);
	TRY(open("file", O_RDWR | O_CREAT | O_EXCL, 0640));
	fd = open("file", O_RDONLY);
	TRY(write(fd, "x", 1));
	TRY(ftruncate(fd, 0));
	close(fd);
	TRY(read(fd, text, 1));
	show("file");
}

static void append(void)
{
	struct iovec pieces[] = { { "one ", 4 }, { "two ", 4 }, { "three", 5 } };
	int fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);

	TRY(writev(fd, pieces, 3));
	lseek(fd, 0, SEEK_SET);
	TRY(write(fd, " four", 5));
	close(fd);
	show("log");
}

/* Holes read as zeroes, and what is cut off does not come back. */
static void sparse(void)
{
	static char text[20000];
	int fd = open("sparse", O_RDWR | O_CREAT, 0600), zero = 1;

	TRY(pwrite(fd, "end", 3, 10000000));
	TRY(pread(fd, text, sizeof(text), 9990000));
	for (int i = 0; i < 10000; i++)
		zero &= !text[i];
	printf("the hole is %s, then '%s'\n", zero ? "zero" : "not zero",
	       text + 10000);
	TRY(ftruncate(fd, 10000001));
	TRY(ftruncate(fd, 10000003));
	TRY(pread(fd, text, 3, 10000000));
	printf("now '%c' %d %d\n", text[0], text[1], text[2]);
	close(fd);
	show("sparse");
	TRY(truncate("sparse", 0));
	show("sparse");
}

static void names(void)
{
	int fd;
	char text[16] = "";

	TRY(mkdir("folder", 0755));
	TRY(mkdir("folder", 0755));
	TRY(rename("file", "folder/moved"));
	TRY(rename("nothing", "other"));
	TRY(link("folder/moved", "second"));
	show("second");
	TRY(symlink("folder/moved", "pointer"));
	TRY(readlink("pointer", text, sizeof(text)));
	printf("points to '%.12s'\n", text);
	show("pointer");
	TRY(symlink("loop", "loop"));
	TRY(open("loop", O_RDONLY));
	list(".");
	list("folder");
	TRY(rmdir("folder"));
	TRY(unlink("folder"));
	TRY(open("file", O_RDONLY));
	TRY(open("log/inside", O_RDONLY));
	TRY(open("folder", O_WRONLY));
	fd = open("second", O_RDONLY);
	TRY(unlink("second"));
	TRY(unlink("folder/moved"));
	TRY(read(fd, text, 5));
	printf("still there: '%.5s'\n", text);
	close(fd);
	TRY(open("pointer", O_RDONLY));
	TRY(rmdir("folder"));
}

static void many(void)
{
	char name[32];
	int failures = 0;

	mkdir("many", 0700);
	for (int i = 0; i < 1000; i++) {
		int fd;

		snprintf(name, sizeof(name), "many/%d", i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		failures += fd < 0 || write(fd, name, 8) != 8;
		close(fd);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "many/%d", (i * 7) % 1000);
		failures += unlink(name) != 0;
	}
	printf("1000 files made and removed, %d failures\n", failures);
	list("many");
	TRY(rmdir("many"));
}

static void through_stdio(void)
{
	FILE *file = fopen("numbers", "w+");
	long sum = 0;
	int number;

	if (!file) {
		printf("fopen: %s\n", strerror(errno));
		return;
	}
	for (int i = 0; i < 10000; i++)
		fprintf(file, "%d\n", i);
	rewind(file);
	while (fscanf(file, "%d", &number) == 1)
		sum += number;
	fclose(file);
	printf("sum %ld\n", sum);
	show("numbers");
}

static void descriptors(void)
{
	int fd = open("log", O_RDONLY), copy;
	char a[4] = "", b[4] = "";

	copy = dup2(fd, 77);
	printf("dup2 to %d\n", copy);
	TRY(read(fd, a, 3));
	TRY(read(copy, b, 3));
	printf("'%s' and then '%s'\n", a, b);
	TRY(fcntl(copy, F_GETFL) & O_ACCMODE);
	close(fd);
	TRY(close(copy));
	TRY(close(copy));
}

int main(int argc, char **argv)
{
	char folder[] = "files.test";

	umask(022);
	if (chdir(argc > 1 ? argv[1] : ".") || mkdir(folder, 0700) ||
	    chdir(folder)) {
		printf("%s: %s\n", folder, strerror(errno));
		return 1;
	}
	write_and_read();
	append();
	sparse();
	names();
	many();
	through_stdio();
	descriptors();
	unlink("log");
	unlink("sparse");
	unlink("numbers");
	unlink("pointer");
	unlink("loop");
	list(".");
	return chdir("..") || rmdir(folder);
}
