/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shm: System V shared memory: making, attaching in all ways, who counts as
 * attached, removal, rights, what shmctl(2) tells.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>

#define PAGE	4096ul
#define KEY	0x5e6b1234
#define LARGE	(9ul << 20)
#define ANYWHERE	((void *)0x200000000000)

static int id;
static char *memory;
static int go[2];		/* a pipe: closed to let children go on */

static struct shmid_ds status(int of)
{
	struct shmid_ds ds;

	memset(&ds, 0xee, sizeof(ds));
	if (shmctl(of, IPC_STAT, &ds))
		memset(&ds, 0xee, sizeof(ds));
	return ds;
}

static unsigned long attached(void)
{
	return status(id).shm_nattch;
}

static void making(void)
{
	int other, last;

	FAILS(shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
	FAILS(shmget(IPC_PRIVATE, (size_t)-1, IPC_CREAT | 0600), EINVAL);
	FAILS(shmget(KEY, PAGE, 0600), ENOENT);
	id = shmget(KEY, 5000, IPC_CREAT | IPC_EXCL | 0640);
	CHECK(id >= 0);
	FAILS(shmget(KEY, 5000, IPC_CREAT | IPC_EXCL | 0640), EEXIST);
	FAILS(shmget(KEY, 5001, IPC_CREAT | 0640), EINVAL);
	CHECK(shmget(KEY, 5000, IPC_CREAT | 0640) == id);
	CHECK(shmget(KEY, 0, 0) == id);
	CHECK(status(id).shm_segsz == 5000 && attached() == 0);
	CHECK(status(id).shm_perm.__key == KEY);
	CHECK((status(id).shm_perm.mode & 07777) == 0640);
	CHECK(status(id).shm_cpid == getpid() && status(id).shm_lpid == 0);
	CHECK(status(id).shm_atime == 0 && status(id).shm_ctime != 0);
	other = shmget(IPC_PRIVATE, PAGE, 0600);
	CHECK(other >= 0 && other != id);
	CHECK(shmctl(other, IPC_RMID, NULL) == 0);
	FAILS(shmctl(other, IPC_RMID, NULL), EINVAL);
	last = shmget(IPC_PRIVATE, PAGE, 0600);
	CHECK(last >= 0 && last != other);
	FAILS(shmctl(other, IPC_STAT, NULL), EINVAL);
	FAILS(shmat(other, NULL, 0), EINVAL);
	CHECK(shmctl(last, IPC_RMID, NULL) == 0);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
	FAILS(shmget(KEY, 0, 0), ENOENT);
}

static int killed_by_writing(char *at)
{
	int wait_status;
	pid_t pid = fork();

	if (pid == 0) {
		*(volatile char *)at = 1;
		_exit(0);
	}
	waitpid(pid, &wait_status, 0);
	return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGSEGV;
}

static void attaching(void)
{
	char *second, *fixed = ANYWHERE;

	id = shmget(IPC_PRIVATE, 2 * PAGE + 1, 0600);
	memory = shmat(id, NULL, 0);
	CHECK(memory != (char *)-1 && (unsigned long)memory % PAGE == 0);
	CHECK(memory[0] == 0 && memory[3 * PAGE - 1] == 0);
	memory[5] = 'a';
	second = shmat(id, NULL, SHM_RDONLY);
	CHECK(second != (char *)-1 && second != memory && second[5] == 'a');
	memory[3 * PAGE - 1] = 'z';
	CHECK(second[3 * PAGE - 1] == 'z');
	CHECK(killed_by_writing(second));
	FAILS(mprotect(second, PAGE, PROT_READ | PROT_WRITE), EACCES);
	CHECK(mprotect(second, PAGE, PROT_NONE) == 0);
	CHECK(shmdt(second) == 0);
	FAILS(shmdt(second), EINVAL);
	FAILS(shmdt(memory + 1), EINVAL);
	FAILS(shmdt(memory + PAGE), EINVAL);
	FAILS(shmat(id, fixed + 7, 0), EINVAL);
	CHECK(shmat(id, fixed + 7, SHM_RND) == fixed && fixed[5] == 'a');
	FAILS(shmat(id, fixed, 0), EINVAL);
	FAILS(shmat(id, fixed + 2 * PAGE, 0), EINVAL);
	FAILS(shmat(id, NULL, SHM_REMAP), EINVAL);
	CHECK(attached() == 2);
	CHECK(shmat(id, fixed + PAGE, SHM_REMAP) == fixed + PAGE);
	CHECK(fixed[5] == 'a' && fixed[PAGE + 5] == 'a');
	CHECK(attached() == 3);
	CHECK(shmdt(fixed) == 0 && shmdt(fixed + PAGE) == 0);
	CHECK(attached() == 1);
	CHECK(shmat(id, fixed, SHM_EXEC) == fixed && shmdt(fixed) == 0);
	FAILS(shmat(-1, NULL, 0), EINVAL);
	FAILS(shmat(0x7ffffff, NULL, 0), EINVAL);
	CHECK(shmdt(memory) == 0 && attached() == 0);
	CHECK(status(id).shm_dtime != 0 && status(id).shm_atime != 0);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
}

static void wait_for_parent(void)
{
	char c;

	close(go[1]);
	CHECK(read(go[0], &c, 1) == 0);
}

static void let_go(pid_t pid)
{
	close(go[0]);
	close(go[1]);
	CHECK(ended_well(pid));
	CHECK(pipe(go) == 0);
}

static void run_another(void)
{
	char fd[16];

	close(go[1]);
	snprintf(fd, sizeof(fd), "%d", go[0]);
	execl("/proc/self/exe", "shm", "wait", fd, (char *)NULL);
	CHECK(0);
}

/* Regions count: forks, ends, pieces. */
static void counting(void)
{
	char *other, *moved;
	pid_t pid;

	CHECK(pipe(go) == 0);
	id = shmget(IPC_PRIVATE, 3 * PAGE, 0600);
	memory = shmat(id, NULL, 0);
	other = shmat(id, NULL, 0);
	CHECK(attached() == 2);
	pid = child(wait_for_parent);
	CHECK(attached() == 4 && status(id).shm_lpid == getpid());
	let_go(pid);
	CHECK(attached() == 2 && status(id).shm_lpid == pid);
	pid = child(run_another);
	WAIT_FOR(attached() == 2);
	let_go(pid);
	CHECK(attached() == 2 && shmdt(other) == 0 && attached() == 1);
	/* In three pieces, and without the one in the middle. */
	CHECK(mprotect(memory + PAGE, PAGE, PROT_READ) == 0);
	CHECK(attached() == 3);
	CHECK(munmap(memory + PAGE, PAGE) == 0 && attached() == 2);
	CHECK(munmap(memory, PAGE) == 0 && attached() == 1);
	CHECK(shmdt(memory) == 0 && attached() == 0);
	memory = shmat(id, NULL, 0);
	memory[PAGE] = 'm';
	moved = mremap(memory, 3 * PAGE, 3 * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, ANYWHERE);
	CHECK(moved == ANYWHERE && moved[PAGE] == 'm' && attached() == 1);
	FAILS(shmdt(memory), EINVAL);
	CHECK(shmdt(moved) == 0 && attached() == 0);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
}

static void detach_removed(void)
{
	CHECK(shmdt(memory) == 0);
	CHECK(shmctl(id, IPC_STAT, &(struct shmid_ds){ 0 }) == 0);
}

static void removing(void)
{
	char *again;

	id = shmget(KEY, PAGE, IPC_CREAT | 0600);
	memory = shmat(id, NULL, 0);
	strcpy(memory, "still here");
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
	FAILS(shmget(KEY, PAGE, 0600), ENOENT);
	CHECK((status(id).shm_perm.mode & 07777) == (0600 | SHM_DEST));
	CHECK(status(id).shm_perm.__key == IPC_PRIVATE);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
	again = shmat(id, NULL, 0);
	CHECK(again != (char *)-1 && strcmp(again, "still here") == 0);
	CHECK(shmdt(memory) == 0 && strcmp(again, "still here") == 0);
	memory = again;
	CHECK(ended_well(child(detach_removed)));
	CHECK(attached() == 1 && shmdt(memory) == 0);
	FAILS(shmctl(id, IPC_STAT, NULL), EINVAL);
	FAILS(shmat(id, NULL, 0), EINVAL);
	/* The end of a process detaches, too. */
	id = shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600);
	memory = shmat(id, NULL, 0);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
	CHECK(munmap(memory, PAGE) == 0);
	FAILS(shmctl(id, IPC_STAT, NULL), EINVAL);
}

static void try_without_rights(void)
{
	struct shmid_ds ds = { .shm_perm.mode = 0777 };

	FAILS(shmget(KEY, PAGE, 0600), EACCES);
	CHECK(shmget(KEY, PAGE, 0) == id);
	FAILS(shmat(id, NULL, 0), EACCES);
	FAILS(shmat(id, NULL, SHM_RDONLY | SHM_EXEC), EACCES);
	CHECK(shmat(id, NULL, SHM_RDONLY) != (void *)-1);
	CHECK(shmctl(id, IPC_STAT, &ds) == 0);
	FAILS(shmctl(id, IPC_SET, &ds), EPERM);
	FAILS(shmctl(id, IPC_RMID, NULL), EPERM);
	FAILS(shmctl(id, SHM_LOCK, NULL), EPERM);
}

static void try_as_owner(void)
{
	struct shmid_ds ds = status(id);

	CHECK(shmctl(id, SHM_LOCK, NULL) == 0);
	CHECK(shmctl(id, SHM_UNLOCK, NULL) == 0);
	ds.shm_perm.mode = 0;
	CHECK(shmctl(id, IPC_SET, &ds) == 0);
	FAILS(shmat(id, NULL, SHM_RDONLY), EACCES);
	FAILS(shmctl(id, IPC_STAT, &ds), EACCES);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
}

static void rights(void)
{
	struct shmid_ds ds;

	id = shmget(KEY, PAGE, IPC_CREAT | 0604);
	CHECK(well_as_nobody(try_without_rights));
	ds = status(id);
	ds.shm_perm.uid = 65534;
	ds.shm_perm.mode = 07600;
	CHECK(shmctl(id, IPC_SET, &ds) == 0);
	CHECK(status(id).shm_perm.uid == 65534);
	CHECK(status(id).shm_perm.cuid == getuid());
	CHECK((status(id).shm_perm.mode & 07777) == 0600);
	ds.shm_perm.uid = (uid_t)-1;
	FAILS(shmctl(id, IPC_SET, &ds), EINVAL);
	CHECK(well_as_nobody(try_as_owner));
	FAILS(shmctl(id, IPC_STAT, NULL), EINVAL);
}

static void telling(void)
{
	struct shmid_ds ds;
	struct shm_info info;
	struct shminfo limits;
	int highest, found = 0;

	id = shmget(IPC_PRIVATE, 3 * PAGE, 0600);
	highest = shmctl(0, SHM_INFO, (struct shmid_ds *)&info);
	CHECK(highest >= 0 && info.used_ids > 0 && info.shm_tot >= 3);
	CHECK(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits) == highest);
	CHECK(limits.shmmin == 1 && limits.shmmni == 4096);
	for (int i = 0; i <= highest; i++)
		found += shmctl(i, SHM_STAT, &ds) == id;
	CHECK(found == 1);
	FAILS(shmctl(highest + 1, SHM_STAT, &ds), EINVAL);
	CHECK(shmctl(id, SHM_LOCK, NULL) == 0);
	CHECK(status(id).shm_perm.mode & SHM_LOCKED);
	CHECK(shmctl(id, SHM_UNLOCK, NULL) == 0);
	CHECK(!(status(id).shm_perm.mode & SHM_LOCKED));
	FAILS(shmctl(id, 12345, &ds), EINVAL);
	FAILS(shmctl(-1, IPC_STAT, &ds), EINVAL);
	FAILS(shmctl(id, IPC_STAT, (void *)1), EFAULT);
	FAILS(shmctl(id, IPC_SET, (void *)-4096), EFAULT);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
}

static void fill(void)
{
	for (unsigned long i = 0; i < LARGE; i += 8)
		*(unsigned long *)(memory + i) = i * 3;
	for (int i = 0; i < 10000; i++)
		__atomic_fetch_add((long *)(memory + LARGE), 1,
				   __ATOMIC_SEQ_CST);
}

static void sharing(void)
{
	pid_t pids[4];
	int wrong = 0;

	id = shmget(IPC_PRIVATE, LARGE + PAGE, 0600);
	memory = shmat(id, NULL, 0);
	CHECK(memory != (char *)-1);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
	for (int i = 0; i < 4; i++)
		pids[i] = child(fill);
	for (int i = 0; i < 4; i++)
		CHECK(ended_well(pids[i]));
	for (unsigned long i = 0; i < LARGE; i += 8)
		wrong += *(unsigned long *)(memory + i) != i * 3;
	CHECK(wrong == 0 && *(long *)(memory + LARGE) == 40000);
	CHECK(shmdt(memory) == 0);
	/* POSIX's: a file. */
	id = shm_open("/pisces-test", O_RDWR | O_CREAT | O_EXCL, 0600);
	CHECK(id >= 0 && ftruncate(id, (off_t)(LARGE + PAGE)) == 0);
	memory = mmap(NULL, LARGE + PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		      id, 0);
	CHECK(memory != MAP_FAILED && shm_unlink("/pisces-test") == 0);
	CHECK(ended_well(child(fill)));
	CHECK(*(long *)(memory + LARGE) == 10000);
	CHECK(munmap(memory, LARGE + PAGE) == 0 && close(id) == 0);
}

static void reading_proc(void)
{
	char line[512], path[] = "/proc/sysvipc/shm";
	int key, number, found = 0;
	unsigned mode;
	unsigned long size;
	FILE *file;

	id = shmget(KEY, 777, IPC_CREAT | 0640);
	file = fopen(path, "r");
	CHECK(file && fgets(line, sizeof(line), file));
	CHECK(strncmp(line, "       key      shmid perms     ", 31) == 0);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%d %d %o %lu", &key, &number, &mode,
			   &size) == 4 && number == id)
			found += key == KEY && mode == 0640 && size == 777;
	CHECK(found == 1);
	CHECK(fclose(file) == 0 && shmctl(id, IPC_RMID, NULL) == 0);
}

int main(int argc, char **argv)
{
	char c;

	if (argc > 2)
		return read(atoi(argv[2]), &c, 1) != 0;
	shmctl(shmget(KEY, 0, 0), IPC_RMID, NULL);
	making();
	attaching();
	counting();
	removing();
	rights();
	telling();
	sharing();
	reading_proc();
	return conclude("shm");
}
