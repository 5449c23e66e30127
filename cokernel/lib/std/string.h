/* SPDX-License-Identifier: GPL-2.0-only */
/* <string.h> for the headers that the co-kernel shares with the host. */
#include <lib/string.h>
