/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tool's transactions on a machine that is made up: boot, and what adds and
 * removes, wholly or not at all, also if they are killed at each of their
 * steps.
 * Build: lib/attach.c lib/change.c lib/change-remove.c lib/change-remove-cpu.c lib/change-remove-device.c lib/change-remove-memory.c lib/choose-cpu.c lib/claim.c lib/claim-device.c lib/claim-memory.c lib/clock.c lib/enclave.c lib/error.c lib/grants.c lib/interrupt.c lib/ledger.c lib/leftovers.c lib/owner.c lib/pci-address.c lib/pci-refuse.c lib/release-device.c lib/release.c lib/start-up.c lib/steps.c lib/text.c lib/undo.c lib/wish.c
 */
#include <signal.h>
#include <sys/wait.h>

#include "lib/change.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/leftovers.h"
#include "lib/release.h"
#include "lib/start-up.h"

#include "fake_host.h"
#include "tap.h"

static int boot_and_give(const char *cpus, const char *memory,
			 const char *devices)
{
	static struct cpu_wish cpu_wish;
	static struct memory_wish memory_wish;
	struct device_wish device_wish = { 0 };
	struct start_up start = {
		.name = "test", .command_line = "", .timeout_ms = 1000,
		.node = -1, .owner = OWNER_NONE,
	};

	wish_cpus(cpus, &cpu_wish);
	wish_memory(memory, &memory_wish);
	start.cpus = cpu_wish.list;
	start.cpu_count = cpu_wish.count;
	start.memory = &memory_wish;
	if (devices)
		wish_devices(devices, &device_wish);
	start.devices = &device_wish;
	return start_up(3, &start);
}

static int boot_with(const char *cpus, const char *memory)
{
	return boot_and_give(cpus, memory, NULL);
}

static int change_with(const char *what, const char *how, bool force)
{
	static unsigned int list[PISCES_MAX_CPUS];
	static struct cpu_wish cpus;
	static struct memory_wish memory;
	struct device_wish devices = { .force = force };
	struct change change = { .manager = 3, .node = -1, .force = force };
	int error = change_begin(&change, NULL), count;

	if (error)
		return error;
	if (strstr(what, "cpu"))
		wish_cpus(how, &cpus);
	else if (strstr(what, "pci"))
		wish_devices(how, &devices);
	else
		wish_memory(how, &memory);
	if (!strcmp(what, "add-cpu")) {
		count = change_choose_cpus(&change, &cpus, list);
		error = count < 0 ? count
				  : change_add_cpus(&change, list, count);
	} else if (!strcmp(what, "rm-cpu")) {
		error = change_remove_cpus(&change, &cpus);
	} else if (!strcmp(what, "add-pci")) {
		error = change_add_devices(&change, &devices);
	} else if (!strcmp(what, "rm-pci")) {
		error = change_remove_devices(&change, &devices);
	} else if (!strcmp(what, "add-mem")) {
		error = change_add_memory(&change, &memory);
	} else {
		error = change_remove_memory(&change, &memory);
	}
	change_end(&change);
	/* The tool ends. */
	fake_close((uint32_t)getpid());
	return error;
}

/*
 * What the enclave has, for good: "2,3 15,14 1" (CPUs, blocks, and if any
 * functions).
 */
static const char *has(void)
{
	static char text[256];
	size_t used = 0;

	text[0] = 0;
	for (int kind = PISCES_GRANT_CPU; kind <= PISCES_GRANT_DEVICE; kind++) {
		const char *before = kind == PISCES_GRANT_CPU ? "" : " ";

		for (uint32_t i = 0; i < host->enclave.count; i++) {
			struct pisces_ioctl_ledger *g =
				&host->enclave.ledger[i];

			if (g->kind != (uint32_t)kind)
				continue;
			used += snprintf(text + used, sizeof(text) - used,
					 "%s%d%s", before,
					 fake_number(g->kind, g->start),
					 g->step == PISCES_STEP_KEPT ? "" :
					 "!");
			before = ",";
		}
	}
	return text;
}

#define HAS(expected) \
	(strcmp(has(), expected) ? (printf("# it has %s\n", has()), false) \
				 : true)

/* Linux has all that the enclave has not, and nothing else. */
static bool is_whole(void)
{
	for (unsigned int i = 0; i < FAKE_CPUS; i++)
		if (host->cpu_online[i] == !!fake_find(PISCES_GRANT_CPU, i))
			return false;
	for (unsigned int i = 0; i < FAKE_BLOCKS; i++)
		if (host->block_online[i] ==
		    !!fake_find(PISCES_GRANT_MEMORY, i * FAKE_BLOCK))
			return false;
	for (int i = 0; i < FAKE_DEVICES; i++) {
		bool given = fake_find(PISCES_GRANT_DEVICE, FAKE_ADDRESS(i));

		if (host->driver[i] != (given ? FAKE_MODULE : FAKE_LINUX) ||
		    host->chosen[i] != given)
			return false;
	}
	return true;
}

static void booted(void)
{
	fake_begin();
	CHECK(boot_with("5,2-3", "256M") == 0);
}

static void the_first_cpu_of_the_list_boots(void)
{
	booted();
	CHECK(HAS("5,2,3 15,14"));
	CHECK(fake_find(PISCES_GRANT_CPU, 5)->slot == 0);
	CHECK(host->enclave.kept && !host->enclave.changer && is_whole());
}

static void a_boot_that_fails_is_undone(void)
{
	fake_begin();
	host->load_error = -EFBIG;
	CHECK(boot_with("2-3", "256M") == -EFBIG);
	CHECK(host->enclave.id == 0 && is_whole());
	fake_begin();
	host->attach_error = -EIO;
	CHECK(boot_with("2-3", "256M") == -EIO);
	CHECK(!strcmp(error_text(), "CPU 3 gives no sign of life: try another one"));
	CHECK(host->enclave.id == 0 && is_whole());
	fake_begin();
	CHECK(boot_with("2,9", "256M") == -ENXIO);
	CHECK(host->enclave.id == 0 && is_whole());
}

static void what_is_added_is_kept(void)
{
	booted();
	CHECK(change_with("add-cpu", "+2", false) == 0);
	CHECK(HAS("5,2,3,6,7 15,14") && is_whole());
	CHECK(change_with("add-mem", "0x8000000-0x17ffffff", false) == 0);
	CHECK(HAS("5,2,3,6,7 15,14,2,1") && is_whole());
}

static void an_addition_that_fails_is_undone(void)
{
	booted();
	host->attach_error = -EIO;
	CHECK(change_with("add-cpu", "6-7", false) == -EIO);
	CHECK(HAS("5,2,3 15,14") && is_whole());
	host->attach_error = 0;
	CHECK(change_with("add-cpu", "4,5", false) == -EEXIST);
	CHECK(!strcmp(error_text(), "CPU 5 is granted to test already: pisces "
		      "rm-cpu or pisces destroy gives it back"));
	CHECK(HAS("5,2,3 15,14") && is_whole());
	for (int i = 0; i < 13; i++)
		host->block_stuck[i] = 1;
	CHECK(change_with("add-mem", "256M", false) == -ENOMEM);
	CHECK(HAS("5,2,3 15,14") && is_whole());
	CHECK(change_with("add-mem", "128M", false) == 0);
	CHECK(HAS("5,2,3 15,14,13") && is_whole());
}

/* A tool of its own, as the signal is remembered. */
static void ctrl_c_undoes_an_addition(void)
{
	int status;

	booted();
	host->signal_at_attach = 1;
	fflush(stdout);
	if (!fork()) {
		interrupt_catch();
		_exit(change_with("add-cpu", "6-7", false) != -EINTR ||
		      strcmp(error_text(), "interrupted by Interrupt; all was "
			     "undone"));
	}
	wait(&status);
	CHECK(status == 0);
	CHECK(HAS("5,2,3 15,14") && is_whole());
}

static void what_is_removed_goes_to_linux(void)
{
	booted();
	CHECK(change_with("rm-cpu", "3", false) == 0);
	CHECK(HAS("5,2 15,14") && is_whole());
	CHECK(change_with("rm-cpu", "+1", false) == 0);
	CHECK(HAS("5 15,14") && is_whole());
	CHECK(change_with("rm-mem", "1M", false) == 0);
	CHECK(HAS("5 15") && is_whole());
	CHECK(change_with("add-mem", "384M", false) == 0);
	CHECK(HAS("5 15,14,13,12") && is_whole());
	CHECK(change_with("rm-mem", "128M,0x70000000-0x77ffffff", false) == 0);
	CHECK(HAS("5 15,13") && is_whole());
}

static void the_first_ones_stay(void)
{
	booted();
	CHECK(change_with("rm-cpu", "2,5", false) == -EPERM);
	CHECK(change_with("rm-cpu", "+3", false) == -EINVAL);
	CHECK(!strcmp(error_text(), "3 CPUs are more than test can lose: "
		      "besides its first it has 2"));
	CHECK(change_with("rm-mem", "256M", false) == -EINVAL);
	CHECK(!strcmp(error_text(), "256 MiB is more memory than test can "
		      "lose: besides its first block it has 128 MiB"));
	CHECK(change_with("rm-mem", "0x78000000-0x7fffffff", false) == -EPERM);
	CHECK(HAS("5,2,3 15,14") && is_whole());
}

static void what_is_in_use_stays_and_so_does_the_rest(void)
{
	booted();
	change_with("add-mem", "256M", false);
	host->block_user[13] = host->block_user[14] = 12;
	CHECK(change_with("rm-mem", "256M", false) == -EBUSY);
	CHECK(!strcmp(error_text(), "the memory block at 0x70000000 is in use: "
		      "process 12 (spin) of test needs it; 128 MiB are free: "
		      "pisces rm-mem -e test 128M"));
	CHECK(HAS("5,2,3 15,14,13,12") && is_whole());
	CHECK(change_with("rm-mem", "0x60000000-0x6fffffff", false) ==
	      -EBUSY);
	CHECK(strstr(error_text(), "0x68000000 is in use") &&
	      strstr(error_text(), "128 MiB are free"));
	CHECK(HAS("5,2,3 15,14,13,12") && is_whole());
	CHECK(change_with("rm-mem", "128M", false) == 0);
	CHECK(HAS("5,2,3 15,14,13") && is_whole());
	CHECK(change_with("rm-mem", "128M", false) == -EBUSY);
	CHECK(strstr(error_text(), "no block is free") != NULL);
}

static void a_cpu_with_a_bound_task_needs_force(void)
{
	booted();
	host->cpu_user[3] = 12;
	CHECK(change_with("rm-cpu", "2-3", false) == -EBUSY);
	CHECK(!strcmp(error_text(), "CPU 3 is in use: process 12 (spin) of "
		      "test is bound to it; pisces rm-cpu --force takes it "
		      "nevertheless, its tasks then run elsewhere"));
	CHECK(HAS("5,2,3 15,14") && is_whole());
	CHECK(change_with("rm-cpu", "+2", false) == -EBUSY);
	CHECK(strstr(error_text(), "1 can go: pisces rm-cpu -e test +1"));
	CHECK(HAS("5,2,3 15,14") && is_whole());
	CHECK(change_with("rm-cpu", "+1", false) == 0);
	CHECK(HAS("5,3 15,14") && is_whole());
	CHECK(change_with("rm-cpu", "+1", true) == 0);
	CHECK(HAS("5 15,14") && is_whole());
}

static void a_living_changer_is_left_alone(void)
{
	booted();
	/* Process 1 lives, and has begun to take CPU 3 away. */
	fake_find(PISCES_GRANT_CPU, 3)->step = PISCES_STEP_DETACH;
	host->enclave.changer = 1;
	CHECK(leftovers_reclaim(50, NULL) == 0);
	CHECK(HAS("5,2,3! 15,14"));
	CHECK(change_with("add-cpu", "6", false) == -EBUSY);
	CHECK(!strcmp(error_text(), "test is being changed by process 1: try "
		      "again when it is done"));
}

static char said[256];

static void say(const char *name, const struct undone *undone)
{
	size_t used = strlen(said);

	snprintf(said + used, sizeof(said) - used, "%s: %s", name, undone ?
		 "" : "whole");
	if (undone && grants_any(&undone->out))
		strcat(strcat(said, "out "), grants_summary(&undone->out));
	if (undone && grants_any(&undone->back))
		strcat(strcat(said, "back "), grants_summary(&undone->back));
}

static void reclaim_says_what_it_did(void)
{
	booted();
	said[0] = 0;
	CHECK(leftovers_reclaim(50, say) == 0 && !said[0]);
	fake_find(PISCES_GRANT_CPU, 3)->step = PISCES_STEP_DETACH;
	fake_find(PISCES_GRANT_MEMORY, 14 * FAKE_BLOCK)->step =
		PISCES_STEP_RETURN;
	CHECK(leftovers_reclaim(50, say) == 0);
	CHECK(!strcmp(said, "test: out 128 MiBback CPU 3"));
	CHECK(HAS("5,2,3 15") && is_whole());
	change_with("add-pci", "00:01.0,00:02.0", false);
	fake_find(PISCES_GRANT_DEVICE, FAKE_ADDRESS(0))->step =
		PISCES_STEP_DETACH;
	fake_find(PISCES_GRANT_DEVICE, FAKE_ADDRESS(1))->step =
		PISCES_STEP_RETURN;
	said[0] = 0;
	CHECK(leftovers_reclaim(50, say) == 0);
	CHECK(!strcmp(said, "test: out the PCI function 0000:00:02.0back the "
		      "PCI function 0000:00:01.0"));
	CHECK(HAS("5,2,3 15 0") && is_whole());
	fake_find(PISCES_GRANT_DEVICE, FAKE_ADDRESS(0))->step =
		PISCES_STEP_RETURN;
	said[0] = 0;
	CHECK(leftovers_reclaim(50, say) == 0);
	CHECK(!strcmp(said, "test: out the PCI function 0000:00:01.0"));
}

static void what_is_used_by_now_stays_in_the_enclave(void)
{
	booted();
	change_with("add-mem", "128M", false);
	fake_find(PISCES_GRANT_MEMORY, 13 * FAKE_BLOCK)->step =
		PISCES_STEP_ATTACH;
	host->block_user[13] = 12;
	host->enclave.changer = (uint32_t)getpid();
	CHECK(undo_changes(3, 7, "test", NULL) == -EBUSY);
	CHECK(strstr(error_text(), "it stays in test") != NULL);
	CHECK(HAS("5,2,3 15,14,13") && is_whole());
}

static void functions_are_given_and_taken(void)
{
	booted();
	CHECK(change_with("add-pci", "00:02.0,00:01.0", false) == 0);
	CHECK(HAS("5,2,3 15,14 1,0") && is_whole());
	CHECK(change_with("add-pci", "00:02.0", false) == -EEXIST);
	CHECK(!strcmp(error_text(), "the PCI function 0000:00:02.0 cannot be "
		      "given: it is granted to test already: pisces rm-pci -e "
		      "test 0000:00:02.0"));
	CHECK(change_with("rm-pci", "00:02.0", false) == 0);
	CHECK(HAS("5,2,3 15,14 0") && is_whole());
	CHECK(change_with("rm-pci", "00:02.0", false) == -EINVAL);
	CHECK(!strcmp(error_text(), "the PCI function 0000:00:02.0 is not one "
		      "of test's: it has 0000:00:01.0"));
	CHECK(change_with("add-pci", "00:09.0", false) == -ENXIO);
	host->mounted[1] = 1;
	CHECK(change_with("add-pci", "00:02.0", false) == -EBUSY);
	CHECK(HAS("5,2,3 15,14 0") && is_whole());
	CHECK(change_with("add-pci", "00:02.0", true) == 0);
	CHECK(HAS("5,2,3 15,14 0,1") && is_whole());
}

static void a_function_that_was_nobodys_goes_back_to_nobody(void)
{
	booted();
	host->driver[1] = FAKE_NONE;
	CHECK(change_with("add-pci", "00:02.0", false) == 0);
	CHECK(change_with("rm-pci", "00:02.0", false) == 0);
	CHECK(host->driver[1] == FAKE_NONE && !host->chosen[1]);
}

static void a_group_changes_hands_together(void)
{
	booted();
	CHECK(change_with("add-pci", "00:03.0", false) == -EXDEV);
	CHECK(HAS("5,2,3 15,14") && is_whole());
	CHECK(change_with("add-pci", "00:03.0,00:04.0", false) == 0);
	CHECK(HAS("5,2,3 15,14 2,3") && is_whole());
	CHECK(change_with("rm-pci", "00:04.0", false) == -EXDEV);
	CHECK(!strcmp(error_text(), "the PCI function 0000:00:04.0 shares its "
		      "IOMMU group with 0000:00:03.0: take both"));
	CHECK(HAS("5,2,3 15,14 2,3") && is_whole());
	CHECK(change_with("rm-pci", "00:04.0,00:03.0", false) == 0);
	CHECK(HAS("5,2,3 15,14") && is_whole());
	change_with("add-pci", "00:03.0,00:04.0", false);
	CHECK(release_enclave(3, 7, "test") == 0 && is_whole());
}

static void functions_that_fail_are_undone(void)
{
	booted();
	host->attach_error = -EREMOTEIO;
	CHECK(change_with("add-pci", "00:01.0,00:02.0", false) == -EREMOTEIO);
	CHECK(!strcmp(error_text(), "the driver of test cannot make the PCI "
		      "function 0000:00:01.0 work: pisces log test may say "
		      "why"));
	CHECK(HAS("5,2,3 15,14") && is_whole());
	host->attach_error = 0;
	change_with("add-pci", "00:01.0,00:02.0", false);
	host->device_user[1] = 12;
	CHECK(change_with("rm-pci", "00:01.0,00:02.0", false) == -EBUSY);
	CHECK(!strcmp(error_text(), "the PCI function 0000:00:02.0 is in use: "
		      "process 12 (spin) of test has it open"));
	CHECK(HAS("5,2,3 15,14 0,1") && is_whole());
	fake_begin();
	host->attach_error = -EREMOTEIO;
	CHECK(boot_and_give("2", "128M", "00:01.0") == -EREMOTEIO);
	CHECK(host->enclave.id == 0 && is_whole());
}

/* Memory that came later than a device stays until that has stopped. */
static void devices_go_before_memory(void)
{
	fake_begin();
	CHECK(boot_and_give("2-3", "128M", "00:01.0,00:02.0") == 0);
	CHECK(HAS("2,3 15 0,1") && is_whole());
	CHECK(change_with("add-mem", "128M", false) == 0);
	CHECK(release_enclave(3, 7, "test") == 0);
	CHECK(host->enclave.id == 0 && is_whole());
}

static void a_device_that_does_not_stop_keeps_the_memory(void)
{
	fake_begin();
	CHECK(boot_and_give("2-3", "128M", "00:01.0,00:02.0") == 0);
	host->runaway[0] = 1;
	CHECK(release_enclave(3, 7, "test") == -EIO);
	CHECK(!strcmp(error_text(), "the PCI function 0000:00:01.0 of test "
		      "does not stop, so its memory stays out of Linux's use: "
		      "pisces destroy test tries again, a reboot ends it"));
	CHECK(fake_find(PISCES_GRANT_MEMORY, 15 * FAKE_BLOCK) != NULL);
	CHECK(!host->block_online[15] && !host->cpu_online[2]);
}

/* Linux has it, and who gave it back is told. */
static void one_whose_driver_has_gone_is_linuxs_all_the_same(void)
{
	booted();
	change_with("add-pci", "00:01.0", false);
	host->no_driver = 1;
	CHECK(change_with("rm-pci", "00:01.0", false) == -ENODEV);
	CHECK(!fake_find(PISCES_GRANT_DEVICE, FAKE_ADDRESS(0)));
	CHECK(host->driver[0] == FAKE_NONE);
	host->driver[0] = FAKE_LINUX;
	CHECK(HAS("5,2,3 15,14") && is_whole());
	host->no_driver = 0;
	change_with("add-pci", "00:01.0", false);
	host->no_driver = 1;
	CHECK(release_enclave(3, 7, "test") == -ENODEV);
	CHECK(!host->enclave.id);
	host->driver[0] = FAKE_LINUX;
	CHECK(is_whole());
}

/* A child does it and is killed before its step AT; false: it was done. */
static bool killed(const char *what, const char *how, int at)
{
	char number[16];
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		snprintf(number, sizeof(number), "%d", at);
		setenv("PISCES_STOP_AT", number, 1);
		steps_begin();
		if (!strcmp(what, "boot"))
			boot_and_give("2-3", how, "00:01.0,00:03.0,00:04.0");
		else if (!strcmp(what, "destroy"))
			release_enclave(3, 7, "test");
		else if (!strcmp(what, "reclaim"))
			leftovers_reclaim(50, NULL);
		else
			change_with(what, how, false);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	fake_close((uint32_t)pid);
	return WIFSIGNALED(status);
}

static void a_kill_is_put_right(const char *what, const char *how,
				const char *before, const char *after)
{
	int at = 1, done = 0;

	for (; !done && at < 100; at++) {
		booted();
		done = !killed(what, how, at);
		CHECK(leftovers_reclaim(50, NULL) == 0);
		if (!CHECK(is_whole() && (!strcmp(has(), before) ||
					  !strcmp(has(), after))))
			printf("# %s at step %d: it has %s\n", what, at, has());
		said[0] = 0;
		CHECK(leftovers_reclaim(50, say) == 0 && !said[0]);
	}
	CHECK(at > 5 && done && !strcmp(has(), after));
}

static void a_kill_of_a_change_is_put_right(void)
{
	a_kill_is_put_right("add-cpu", "6-7", "5,2,3 15,14",
			    "5,2,3,6,7 15,14");
	a_kill_is_put_right("rm-cpu", "2-3", "5,2,3 15,14", "5 15,14");
	a_kill_is_put_right("add-mem", "256M", "5,2,3 15,14",
			    "5,2,3 15,14,13,12");
	a_kill_is_put_right("rm-mem", "128M", "5,2,3 15,14", "5,2,3 15");
	a_kill_is_put_right("add-pci", "00:01.0,00:03.0,00:04.0",
			    "5,2,3 15,14", "5,2,3 15,14 0,2,3");
}

static void a_kill_of_rm_pci_is_put_right(void)
{
	bool done = false;
	int at;

	for (at = 1; !done && at < 100; at++) {
		booted();
		change_with("add-pci", "00:01.0,00:03.0,00:04.0", false);
		done = !killed("rm-pci", "00:03.0,00:04.0", at);
		CHECK(leftovers_reclaim(50, NULL) == 0);
		if (!CHECK(is_whole() && (!strcmp(has(), "5,2,3 15,14 0") ||
					  !strcmp(has(),
						  "5,2,3 15,14 0,2,3"))))
			printf("# at step %d: it has %s\n", at, has());
	}
	CHECK(at > 12 && done && !strcmp(has(), "5,2,3 15,14 0"));
}

/* Killed at AT, then its reclaim at each of that one's steps. */
static bool reclaim_is_killed(const char *what, const char *how, int at,
			      const char *before, const char *after)
{
	bool done = false, whole = true;

	for (int again = 1; !done && again < 100; again++) {
		booted();
		killed(what, how, at);
		done = !killed("reclaim", "", again);
		leftovers_reclaim(50, NULL);
		whole = whole && is_whole() && (!strcmp(has(), before) ||
						!strcmp(has(), after));
	}
	return done && whole;
}

static void a_kill_of_reclaim_is_put_right(void)
{
	for (int at = 2; at < 12; at += 3) {
		CHECK(reclaim_is_killed("add-cpu", "6-7", at, "5,2,3 15,14",
					"5,2,3,6,7 15,14"));
		CHECK(reclaim_is_killed("rm-cpu", "2-3", at, "5,2,3 15,14",
					"5 15,14"));
		CHECK(reclaim_is_killed("rm-mem", "128M", at, "5,2,3 15,14",
					"5,2,3 15"));
		CHECK(reclaim_is_killed("add-pci", "00:03.0,00:04.0", at,
					"5,2,3 15,14", "5,2,3 15,14 2,3"));
	}
}

/* The enclave cannot use a CPU, and the tool dies while it undoes that. */
static void a_kill_while_undoing_is_put_right(void)
{
	bool done = false;
	int at;

	for (at = 1; !done && at < 100; at++) {
		booted();
		host->attach_error = -EIO;
		done = !killed("add-cpu", "6-7", at);
		host->attach_error = 0;
		CHECK(leftovers_reclaim(50, NULL) == 0);
		CHECK(is_whole() && HAS("5,2,3 15,14"));
	}
	CHECK(at > 10 && done);
}

static void a_kill_of_boot_or_destroy_is_put_right(void)
{
	bool done = false;

	for (int at = 1; !done && at < 100; at++) {
		fake_begin();
		done = !killed("boot", "256M", at);
		CHECK(leftovers_reclaim(50, NULL) == 0);
		CHECK(is_whole() && host->enclave.id == (done ? 7 : 0));
	}
	CHECK(done);
	done = false;
	for (int at = 1; !done && at < 100; at++) {
		booted();
		change_with("add-pci", "00:01.0,00:03.0,00:04.0", false);
		done = !killed("destroy", "", at);
		leftovers_reclaim(50, NULL);
		/* Before its first step nothing has happened. */
		CHECK(is_whole() && host->enclave.id == (at == 1 ? 7 : 0));
	}
	CHECK(done);
}

int main(void)
{
	RUN(the_first_cpu_of_the_list_boots);
	RUN(a_boot_that_fails_is_undone);
	RUN(what_is_added_is_kept);
	RUN(an_addition_that_fails_is_undone);
	RUN(ctrl_c_undoes_an_addition);
	RUN(what_is_removed_goes_to_linux);
	RUN(the_first_ones_stay);
	RUN(what_is_in_use_stays_and_so_does_the_rest);
	RUN(a_cpu_with_a_bound_task_needs_force);
	RUN(a_living_changer_is_left_alone);
	RUN(functions_are_given_and_taken);
	RUN(a_function_that_was_nobodys_goes_back_to_nobody);
	RUN(a_group_changes_hands_together);
	RUN(functions_that_fail_are_undone);
	RUN(devices_go_before_memory);
	RUN(a_device_that_does_not_stop_keeps_the_memory);
	RUN(one_whose_driver_has_gone_is_linuxs_all_the_same);
	RUN(reclaim_says_what_it_did);
	RUN(what_is_used_by_now_stays_in_the_enclave);
	RUN(a_kill_of_a_change_is_put_right);
	RUN(a_kill_of_rm_pci_is_put_right);
	RUN(a_kill_of_reclaim_is_put_right);
	RUN(a_kill_while_undoing_is_put_right);
	RUN(a_kill_of_boot_or_destroy_is_put_right);
	return tap_end();
}
