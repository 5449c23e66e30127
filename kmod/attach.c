// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module wants of a running co-kernel, and its answers: entries of the
 * boot page's tables, and the slots of the state page (see enum pisces_want).
 *
 * Rules: an answer is read once and checked.  A grant has a slot from before
 * the co-kernel is told to use it until it was seen to have left, and nothing
 * that has a slot goes back to Linux while the enclave runs.  Where the answer
 * stays out, a CPU is stopped; memory and devices keep their slots, since
 * nobody knows.
 *
 * Locking: ledger_mutex; the gate where windows or doorbells could interfere.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/wait.h>
#include "attach.h"
#include "cpu.h"
#include "device.h"
#include "doorbell.h"
#include "entry.h"
#include "power.h"
#include "tables.h"
#include "window.h"

#define ANSWER_MS	10000
/*
 * Disks may have to spin up, or to write what they hold back, and of AHCI one that
 * does not say what it is takes 30 s.  Who wants ledger_mutex waits as long, and
 * Linux complains about 120 s of that.
 */
#define DEVICE_ANSWER_MS 45000
#define WITHDRAW_MS	1000
#define JOIN_MS		10000
/* A doorbell may get lost, so look at least this often. */
#define LOOK_MS		100

#define WISH_SHIFT	8

struct answer {
	int error;		/* 0 or -errno */
	u32 state;		/* enum pisces_slot_state, or rubbish */
	u32 pid;
	char user[sizeof(((struct pisces_slot *)0)->user)];
};

/* Wishes. */

static void wish(struct enclave *e, struct grant *g, u32 want)
{
	e->wishes++;
	/* A count of zero is what an entry begins with. */
	if (!(e->wishes << WISH_SHIFT))
		e->wishes++;
	g->wanted = e->wishes << WISH_SHIFT | want;
	smp_store_release(entry_wanted(e, g), g->wanted);
}

void attach_give(struct enclave *e, struct grant *g)
{
	ledger_set(g, g->step, ledger_free_slot(e, g->kind));
	entry_write(e, g);
	wish(e, g, PISCES_WANT_USE);
	entry_count(e, g);
}

static void ring(struct enclave *e)
{
	down_read(&e->gate);
	doorbell_ring(e);
	up_read(&e->gate);
}

/*
 * The grant moves to STEP and its entry becomes empty.  -EBUSY: a tool maps a
 * window into it, whatever the co-kernel says.
 */
static int take_away(struct enclave *e, struct grant *g, u32 step)
{
	u32 *wanted = entry_wanted(e, g);
	struct pisces_slot *slot = entry_slot(e, g);

	/* Under the gate no window can become mapped between look and step. */
	down_write(&e->gate);
	if (g->kind == PISCES_GRANT_MEMORY &&
	    window_maps(e, g->start, g->size)) {
		up_write(&e->gate);
		return -EBUSY;
	}
	ledger_set(g, step, NO_SLOT);
	up_write(&e->gate);
	if (g->kind == PISCES_GRANT_DEVICE)
		device_end(g);
	/* In this order: an empty entry asks for no answer. */
	smp_store_release(wanted, PISCES_WANT_NOTHING);
	memset(slot, 0, sizeof(*slot));
	ring(e);
	return 0;
}

/* Answers. */

static bool has_answered(const struct enclave *e, const struct grant *g)
{
	return smp_load_acquire(&entry_slot(e, g)->answered) == g->wanted;
}

/*
 * The errors that a co-kernel has.  Any other would tell our callers what it
 * cannot know, such as that a CPU does not stop.
 */
static int check_error(const struct grant *g, int error)
{
	bool use = (g->wanted & PISCES_WANT_MASK) == PISCES_WANT_USE;

	switch (error) {
	case -EBUSY:
		return use ? -EPROTO : error;
	case -EREMOTEIO:
		return use && g->kind == PISCES_GRANT_DEVICE ? error : -EPROTO;
	case 0:
	case -EEXIST:
	case -EINVAL:
	case -ENOENT:
	case -ENOMEM:
	case -EPERM:
	case -ERANGE:
		return error;
	default:
		return -EPROTO;
	}
}

static void read_answer(const struct enclave *e, const struct grant *g,
			struct answer *answer)
{
	const struct pisces_slot *slot = entry_slot(e, g);
	size_t i;

	answer->error = check_error(g, READ_ONCE(slot->error));
	answer->state = READ_ONCE(slot->state);
	answer->pid = READ_ONCE(slot->pid);
	for (i = 0; i < sizeof(answer->user) - 1; i++) {
		char c = READ_ONCE(slot->user[i]);

		if (!c)
			break;
		answer->user[i] = c >= ' ' && c <= '~' ? c : '?';
	}
	memset(answer->user + i, 0, sizeof(answer->user) - i);
}

/*
 * Wait until what is wanted of a grant is answered.  -ETIMEDOUT, -ENODEV it
 * died, -EINTR killed (if that counts).
 */
static int wait_answer(struct enclave *e, const struct grant *g, u32 ms,
		       bool killable, struct answer *answer)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	unsigned long look = msecs_to_jiffies(LOOK_MS);

	for (;;) {
		bool late = time_after(jiffies, end);

		enclave_look(e);
		if (has_answered(e, g)) {
			read_answer(e, g, answer);
			return 0;
		}
		if (enclave_is_dead(e))
			return -ENODEV;
		if (late)
			return -ETIMEDOUT;
		if (!killable)
			wait_event_timeout(e->wait, has_answered(e, g), look);
		else if (wait_event_killable_timeout(e->wait,
						     has_answered(e, g),
						     look) < 0)
			return -EINTR;
	}
}

/*
 * Use it as before.  Returns what became of it: an enum pisces_slot_state, NONE
 * if the co-kernel does not say.
 */
static u32 withdraw(struct enclave *e, struct grant *g)
{
	struct answer answer;

	wish(e, g, PISCES_WANT_USE);
	ring(e);
	if (wait_answer(e, g, WITHDRAW_MS, false, &answer))
		return PISCES_SLOT_NONE;
	return answer.state;
}

/* NMIs go only to a CPU whose last answer is that it is used. */
static void listen_if_used(struct enclave *e, const struct grant *g)
{
	struct answer answer;

	if (!has_answered(e, g))
		return;
	read_answer(e, g, &answer);
	if (answer.state != PISCES_SLOT_USED)
		return;
	doorbell_take_nmi(e, g->slot, true);
	device_aim(e, g->slot);
}

void attach_look(struct enclave *e)
{
	struct grant *g = NULL;

	while ((g = ledger_next(e, PISCES_GRANT_CPU, g)))
		if ((g->step == PISCES_STEP_ATTACH ||
		     g->step == PISCES_STEP_KEPT) &&
		    !e->cpus[g->slot].takes_nmi)
			listen_if_used(e, g);
}

/* Attaching. */

static u32 attached_step(const struct grant *g)
{
	return g->step == PISCES_STEP_DETACH ? PISCES_STEP_KEPT :
					       PISCES_STEP_ATTACH;
}

/*
 * A CPU that joins takes the co-kernel's lock; stopped with it, it would stop
 * all of them.  It says so before it looks whether it is still wanted, so the
 * wish is taken back first.  One that has joined must leave as any other; where
 * it does not, it is an enclave's CPU and stays one.  Only who says for JOIN_MS
 * that it is joining, which takes an instant, is stopped anyway: that co-kernel
 * is broken.
 */
static bool give_up(struct enclave *e, struct grant *g)
{
	const struct pisces_state *page = enclave_page(enclave_memory(e));
	unsigned long end = jiffies + msecs_to_jiffies(JOIN_MS);
	struct answer answer;

	wish(e, g, PISCES_WANT_LEAVE);
	smp_mb();
	while (READ_ONCE(page->joining)) {
		if (enclave_is_dead(e) || time_after(jiffies, end))
			return true;
		usleep_range(50, 100);
	}
	if (smp_load_acquire(&entry_slot(e, g)->state) != PISCES_SLOT_USED)
		return true;
	ring(e);
	if (!wait_answer(e, g, ANSWER_MS, false, &answer) &&
	    answer.state == PISCES_SLOT_LEFT)
		return true;
	return withdraw(e, g) == PISCES_SLOT_LEFT;
}

static int start_cpu(struct enclave *e, struct grant *g)
{
	struct pisces_state *page = enclave_page(enclave_memory(e));
	struct launch launch = {
		.grant = g,
		.tables = e->attach_tables,
		.timeout_ms = ANSWER_MS,
		.arrived = has_answered,
		.give_up = give_up,
	};
	struct answer answer;
	int error;

	WRITE_ONCE(page->joining, 0);
	error = cpu_launch(e, &launch);
	if (error)
		return error;
	read_answer(e, g, &answer);
	/* Also one that did not leave any more, whatever it has answered. */
	if (answer.state == PISCES_SLOT_USED)
		return 0;
	return answer.error ? answer.error : -EPROTO;
}

static int use_cpu(struct enclave *e, struct grant *g)
{
	int error;

	e->attach_tables = tables_make(e);
	if (!e->attach_tables)
		return -ENOMEM;
	attach_give(e, g);
	error = start_cpu(e, g);
	if (error && cpu_halt(e, g->slot)) {
		/* It may be on these tables still: STOP frees them. */
		power_quarantine(e, "a CPU");
		return -EIO;
	}
	tables_free(e->attach_tables);
	e->attach_tables = NULL;
	if (error) {
		take_away(e, g, g->step);
		return error;
	}
	ledger_set(g, attached_step(g), g->slot);
	listen_if_used(e, g);
	return 0;
}

static u32 answer_ms(const struct grant *g)
{
	return g->kind == PISCES_GRANT_DEVICE ? DEVICE_ANSWER_MS : ANSWER_MS;
}

/* Memory or a device. */
static int use_other(struct enclave *e, struct grant *g)
{
	struct answer answer;
	int error;

	/* Asked for again: the wish still stands, maybe with its answer. */
	if (g->slot == NO_SLOT)
		attach_give(e, g);
	ring(e);
	error = wait_answer(e, g, answer_ms(g), true, &answer);
	if (error)
		return error;
	if (!answer.error && answer.state == PISCES_SLOT_USED) {
		ledger_set(g, attached_step(g), g->slot);
		return 0;
	}
	if (!answer.error || answer.state == PISCES_SLOT_USED)
		return -EPROTO;
	/* If it does not stop, that is seen at RETURN. */
	if (g->kind == PISCES_GRANT_DEVICE)
		device_leave(g);
	return take_away(e, g, g->step) ? -EPROTO : answer.error;
}

int attach_use(struct enclave *e, struct grant *g)
{
	if (g->kind == PISCES_GRANT_CPU)
		return use_cpu(e, g);
	if (g->kind == PISCES_GRANT_DEVICE && device_check(g))
		return -EBUSY;
	return use_other(e, g);
}

/* Detaching. */

static u32 detached_step(const struct grant *g)
{
	return g->step == PISCES_STEP_KEPT || g->step == PISCES_STEP_DETACH ?
		       PISCES_STEP_DETACH : PISCES_STEP_COMMIT;
}

/*
 * Ask for a grant to be left, and take the wish back if it is not.  0, or an
 * error and in ANSWER who needs it and what state it is in.
 */
static int ask_to_leave(struct enclave *e, struct grant *g, u32 want,
			struct answer *answer)
{
	int error;

	memset(answer, 0, sizeof(*answer));
	wish(e, g, want);
	ring(e);
	error = wait_answer(e, g, answer_ms(g), true, answer);
	if (!error)
		error = answer->error;
	if (!error)
		error = answer->state == PISCES_SLOT_LEFT ? 0 : -EPROTO;
	if (!error)
		return 0;
	answer->state = withdraw(e, g);
	/* It may have left just when we stopped waiting. */
	return answer->state == PISCES_SLOT_LEFT ? 0 : error;
}

static int leave_cpu(struct enclave *e, struct grant *g, u32 want,
		     struct answer *answer)
{
	int error;

	/* Once it has left, an NMI would find no handler. */
	doorbell_take_nmi(e, g->slot, false);
	device_aim(e, g->slot);
	error = ask_to_leave(e, g, want, answer);
	if (error) {
		listen_if_used(e, g);
		return error;
	}
	if (cpu_halt(e, g->slot)) {
		power_quarantine(e, "a CPU");
		return -EIO;
	}
	take_away(e, g, detached_step(g));
	return 0;
}

static int leave_memory(struct enclave *e, struct grant *g,
			struct answer *answer)
{
	int error = ask_to_leave(e, g, PISCES_WANT_LEAVE, answer);

	if (error)
		return error;
	error = take_away(e, g, detached_step(g));
	if (error) {
		withdraw(e, g);
		memset(answer, 0, sizeof(*answer));
	}
	return error;
}

static int leave_device(struct enclave *e, struct grant *g,
			struct answer *answer)
{
	int error = ask_to_leave(e, g, PISCES_WANT_LEAVE, answer);

	if (error)
		return error;
	if (device_leave(g)) {
		device_stay(g);
		withdraw(e, g);
		return -EREMOTEIO;
	}
	return take_away(e, g, detached_step(g));
}

int attach_leave(struct enclave *e, struct grant *g, bool force,
		 struct pisces_ioctl_grant *a)
{
	struct answer answer;
	int error;

	switch (g->kind) {
	case PISCES_GRANT_CPU:
		error = leave_cpu(e, g, force ? PISCES_WANT_FORCE :
						PISCES_WANT_LEAVE, &answer);
		break;
	case PISCES_GRANT_MEMORY:
		error = leave_memory(e, g, &answer);
		break;
	default:
		error = leave_device(e, g, &answer);
	}
	if (error == -EBUSY) {
		a->user_pid = answer.pid;
		memcpy(a->user_name, answer.user, sizeof(a->user_name));
	}
	return error;
}
