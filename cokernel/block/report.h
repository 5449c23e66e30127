/* SPDX-License-Identifier: GPL-2.0-only */
/* How the drivers' log lines name a function: "nvme 0000:03:00.0: it is reset". */
#ifndef BLOCK_REPORT_H
#define BLOCK_REPORT_H

#include <host/log.h>
#include <pci/pci.h>

/* LEVEL is error, warn, info or debug; NAME and FORMAT are literals. */
#define device_report(level, name, function, format, ...)		\
	log_##level(name " %04x:%02x:%02x.%u: " format,			\
		    (function)->address >> 16,				\
		    (function)->address >> 8 & 0xff,			\
		    (function)->address >> 3 & 0x1f,			\
		    (function)->address & 7, ##__VA_ARGS__)

#endif
