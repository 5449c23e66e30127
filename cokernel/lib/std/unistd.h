/* SPDX-License-Identifier: GPL-2.0-only */
/* <unistd.h>: <linux/shm.h> asks for it and uses nothing of it. */
