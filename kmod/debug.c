// SPDX-License-Identifier: GPL-2.0-only
/*
 * PISCES_DEBUG and PISCES_READ: a debugger's and a tester's view of an enclave.
 *
 * What is read is copied to the user as it is; the module draws no conclusion
 * from it.
 *
 * Locking: ledger_mutex, which keeps the blocks with the enclave.
 */
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include "attach.h"
#include "copy.h"
#include "debug.h"
#include "doorbell.h"
#include "ledger.h"

#define TIMEOUT_MS	1000
#define TIMEOUT_MAX_MS	10000
/* An NMI handler may answer without ringing. */
#define LOOK_MS		10

#define WISH_SHIFT	8

#define READ_MAX	(16u << 20)

/* Asking. */

static bool has_answered(const struct enclave *e, u32 wanted)
{
	const struct pisces_state *page = enclave_page(enclave_memory(e));

	return smp_load_acquire(&page->debug_answered) == wanted;
}

static int wait_answer(struct enclave *e, u32 wanted, u32 timeout_ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(timeout_ms);

	for (;;) {
		bool late = time_after(jiffies, end);

		if (has_answered(e, wanted))
			return 0;
		if (late)
			return -ETIMEDOUT;
		if (wait_event_killable_timeout(e->wait,
						has_answered(e, wanted),
						msecs_to_jiffies(LOOK_MS)) < 0)
			return -EINTR;
	}
}

static void withdraw(struct enclave *e)
{
	WRITE_ONCE(enclave_boot(enclave_memory(e))->debug,
		   PISCES_DEBUG_NOTHING);
}

static u32 write_wish(struct enclave *e, u32 what)
{
	u32 wanted;

	e->debugs++;
	/* A count of zero is what the page begins with. */
	if (!(e->debugs << WISH_SHIFT))
		e->debugs++;
	wanted = e->debugs << WISH_SHIFT | what;
	/* Before the interrupt, which apic_send() sees to. */
	WRITE_ONCE(enclave_boot(enclave_memory(e))->debug, wanted);
	return wanted;
}

int debug_ask(const struct pisces_ioctl_debug *a)
{
	struct enclave *e = enclave_find(a->id);
	u32 wanted = 0;
	int error = 0;

	if (!e)
		return -ENOENT;
	if (a->reserved || a->what > PISCES_DEBUG_REGISTERS ||
	    a->timeout_ms > TIMEOUT_MAX_MS)
		return -EINVAL;
	if (!e->started || enclave_is_dead(e))
		return -ENODEV;
	attach_look(e);
	/* First: the co-kernel may see the wish before any NMI. */
	if (a->what != PISCES_DEBUG_REGISTERS)
		error = doorbell_check_nmi(e, a->cpu);
	if (error)
		return error;
	if (a->what != PISCES_DEBUG_NOTHING)
		wanted = write_wish(e, a->what);
	error = a->what == PISCES_DEBUG_REGISTERS ? doorbell_nmi_all(e) :
						    doorbell_nmi(e, a->cpu);
	/* No later NMI is to find it. */
	if (error)
		withdraw(e);
	if (error || a->what != PISCES_DEBUG_REGISTERS)
		return error;
	return wait_answer(e, wanted, a->timeout_ms ? a->timeout_ms :
						      TIMEOUT_MS);
}

/* Reading. */

int debug_read(const struct pisces_ioctl_read *a)
{
	struct enclave *e = enclave_find(a->id);
	u8 *memory;
	int error;

	if (!e)
		return -ENOENT;
	if (!a->bytes || a->bytes > READ_MAX)
		return -EINVAL;
	if (!ledger_owns(e, a->start, a->bytes))
		return -ENXIO;
	memory = memremap(a->start, a->bytes, MEMREMAP_WB);
	if (!memory)
		return -ENOMEM;
	error = copy_out(a->buffer, memory, a->bytes);
	memunmap(memory);
	return error;
}
