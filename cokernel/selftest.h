/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SELFTEST_H
#define SELFTEST_H

/*
 * Checks that only the running co-kernel can make, asked for on its command
 * line with "selftest": what fails is a panic, what holds is logged.
 */
void selftest_run(const char *command_line);

#endif
