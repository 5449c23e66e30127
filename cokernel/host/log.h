/* SPDX-License-Identifier: GPL-2.0-only */
/* The co-kernel's side of the log ring (layout: <pisces/log.h>). */
#ifndef HOST_LOG_H
#define HOST_LOG_H

#include <pisces/log.h>
#include <lib/types.h>

/* Write one line, without a newline.  Works from the first C instruction on. */
void log_line(enum pisces_log_level level, const char *format, ...)
	PRINTF(2, 3);

#define log_error(...)	log_line(PISCES_LOG_ERR, __VA_ARGS__)
#define log_warn(...)	log_line(PISCES_LOG_WARNING, __VA_ARGS__)
#define log_info(...)	log_line(PISCES_LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_line(PISCES_LOG_DEBUG, __VA_ARGS__)

#endif
