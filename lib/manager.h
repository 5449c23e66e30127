/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/pisces: the module's calls, each as one function.  They fill in the
 * structure's size.  All return 0 or -errno; none sets an error text unless it
 * says so, because the reason depends on the caller.
 */
#ifndef LIB_MANAGER_H
#define LIB_MANAGER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pisces/ioctl.h>

/* Opens it and checks the module's version.  The file, or -errno with a text.*/
int manager_open(void);

/* Was that because the caller may not manage? */
static inline bool manager_denied(int error)
{
	return error == -EACCES || error == -EPERM;
}

/*
 * One tool at a time gives things back.  Waits for TIMEOUT_MS at most; -EBUSY
 * without an error text.  Let go by manager_unlock() or when the file closes.
 */
int manager_lock(int manager, int timeout_ms);
void manager_unlock(int manager);

int manager_info(int manager, struct pisces_ioctl_info *info);
int manager_create(int manager, const char *name, uint32_t *id);
/* Of the grant's flags those go in that <pisces/ioctl.h> says. */
int manager_grant(int manager, struct pisces_ioctl_grant *grant);
int manager_load(int manager, struct pisces_ioctl_load *load);
int manager_start(int manager, uint32_t id, uint32_t timeout_ms);
int manager_stop(int manager, uint32_t id);
int manager_destroy(int manager, uint32_t id);
int manager_finish(int manager, uint32_t id);
int manager_debug(int manager, uint32_t id, uint32_t what, uint32_t cpu,
		  uint32_t timeout_ms);

/* BYTES (16 MiB at most) of its memory at the physical address START. */
int manager_read(int manager, uint32_t id, uint64_t start, void *buffer,
		 size_t bytes);

/*
 * The enclave ID, or with 0 the next one after AFTER; -ENOENT.  A panic's
 * reason is text that may be shown, whatever the co-kernel wrote.
 */
int manager_status(int manager, uint32_t id, uint32_t after,
		   struct pisces_ioctl_status *status);

/* Entry INDEX of its ledger; -ENOENT. */
int manager_ledger(int manager, uint32_t id, uint32_t index,
		   struct pisces_ioctl_ledger *entry);

/*
 * What is known of its device START; -ENOENT.  Names are text that may be
 * shown, whatever the co-kernel wrote.
 */
int manager_device(int manager, uint32_t id, uint64_t start,
		   struct pisces_ioctl_device *device);

#endif
