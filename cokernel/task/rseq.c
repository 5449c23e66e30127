/* SPDX-License-Identifier: GPL-2.0-only */
/* See task/rseq.h and <linux/rseq.h>. */
#include <errno.h>
#include <linux/rseq.h>
#include <mm/paging.h>
#include <mm/uaccess.h>
#include <task/rseq.h>
#include <task/signal.h>

/* The abort handler of SECTION, if its signature is the registered one. */
static int abort_check(const struct rseq_cs *section)
{
	uint32_t signature;

	if (section->version || section->abort_ip >= USER_TOP ||
	    section->abort_ip - section->start_ip <
	    section->post_commit_offset)
		return -EFAULT;
	if (get_user(signature, section->abort_ip - sizeof(signature)) ||
	    signature != current()->rseq_signature)
		return -EFAULT;
	return 0;
}

int rseq_interrupt(struct trap_frame *frame)
{
	uint64_t field, address, none = 0;
	struct rseq_cs section;

	if (!current()->rseq)
		return 0;
	field = current()->rseq + offsetof(struct rseq, rseq_cs);
	if (get_user(address, field))
		return -EFAULT;
	if (!address)
		return 0;
	if (get_user(section, address))
		return -EFAULT;
	if (frame->rip - section.start_ip >= section.post_commit_offset)
		return put_user(none, field);
	if (abort_check(&section) || put_user(none, field))
		return -EFAULT;
	frame->rip = section.abort_ip;
	return 0;
}

void rseq_refresh(struct trap_frame *frame)
{
	struct task *task = current();
	uint32_t numbers[2] = { this_cpu()->index, this_cpu()->index };

	if (!task->rseq_stale)
		return;
	task->rseq_stale = false;
	if (task->rseq && (rseq_interrupt(frame) ||
			   copy_to_user(task->rseq, numbers, sizeof(numbers))))
		signal_force(SIGSEGV);
}
