/* SPDX-License-Identifier: GPL-2.0-only */
/* Which enclaves there are, by name. */
#ifndef LIB_ENCLAVE_H
#define LIB_ENCLAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pisces/ioctl.h>

/* Is it a name as pisces/types.h says?  0 or -EINVAL with an error text. */
int enclave_check_name(const char *name);

/* "running" for PISCES_ENCLAVE_RUNNING, and so on. */
const char *enclave_state_name(uint32_t state);

/* Is its boot at work? */
bool enclave_is_booting(const struct pisces_ioctl_status *status);

/* The error that process PID is changing it; returns -EBUSY. */
int enclave_changing(const char *name, uint32_t pid);

/* The error that it does not answer; returns -ETIMEDOUT. */
int enclave_silent(const char *name);

/*
 * 0 for PISCES_ENCLAVE_RUNNING, else -ENODEV with an error text that says how
 * it is.
 */
int enclave_require_running(const char *name, uint32_t state);

/*
 * All of them; the caller frees *LIST.  0, or none of them and -errno with an
 * error text.
 */
int enclave_list(int manager, struct pisces_ioctl_status **list,
		 size_t *count);

/*
 * The enclave NAME, or if that is NULL the only one.  -ENOENT there is none,
 * -EINVAL there are several; with an error text.
 */
int enclave_find(int manager, const char *name,
		 struct pisces_ioctl_status *status);

/* The name of the enclave with this id; "?" if there is none. */
const char *enclave_name_of(int manager, uint32_t id);

/* Writes "enclave0" or the next such name that is free. */
int enclave_free_name(int manager, char name[PISCES_NAME_SIZE]);

/*
 * As enclave_find() for somebody who may not manage: the name alone, from the
 * nodes in /dev if need be.
 */
int enclave_resolve(const char *name, char found[PISCES_NAME_SIZE]);

/* The names of the nodes in /dev; the caller frees *NAMES. */
size_t enclave_names_in_dev(char (**names)[PISCES_NAME_SIZE]);

/* The error that no enclave is there; returns -ENOENT. */
int enclave_none(void);

#endif
