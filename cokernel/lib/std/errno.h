/* SPDX-License-Identifier: GPL-2.0-only */
/* <errno.h>: Linux's numbers. */
#include <asm/errno.h>
