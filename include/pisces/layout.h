/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things lie in an enclave's first memory block, and the fixed virtual
 * addresses that the module's start-up page tables and the co-kernel share.
 * Offsets count from the block's first byte.
 */
#ifndef PISCES_LAYOUT_H
#define PISCES_LAYOUT_H

#include <pisces/types.h>

/* struct pisces_boot: the module writes, the co-kernel reads; not mappable. */
#define PISCES_BOOT_OFFSET	0x000000ull
#define PISCES_BOOT_SIZE	0x010000ull
/* struct pisces_state: the co-kernel and the module; not mappable. */
#define PISCES_STATE_OFFSET	0x010000ull
#define PISCES_STATE_SIZE	0x020000ull
/* struct pisces_stats: written by the co-kernel; users map it read-only. */
#define PISCES_STATS_OFFSET	0x030000ull
#define PISCES_STATS_SIZE	0x030000ull
/* struct pisces_channel: both sides; users map it read-write. */
#define PISCES_CHANNEL_OFFSET	0x060000ull
#define PISCES_CHANNEL_SIZE	0x010000ull
/* struct pisces_clock: written by the module; programs map it read-only. */
#define PISCES_CLOCK_OFFSET	0x070000ull
#define PISCES_CLOCK_SIZE	0x001000ull
/* struct pisces_log: written by the co-kernel; users map it read-only. */
#define PISCES_LOG_OFFSET	0x080000ull
#define PISCES_LOG_SIZE		0x020000ull
/* struct pisces_save: each CPU's registers, for a dump; not mappable. */
#define PISCES_SAVE_OFFSET	0x0a0000ull
#define PISCES_SAVE_SIZE	0x040000ull
/* struct pisces_devices: the module and the co-kernel; not mappable. */
#define PISCES_DEVICES_OFFSET	0x0e0000ull
#define PISCES_DEVICES_SIZE	0x008000ull
/* From here to the image the memory is the co-kernel's to use. */
#define PISCES_SHARED_END	0x0e8000ull
/* The co-kernel's image, then (page-aligned) the control task's executable. */
#define PISCES_IMAGE_OFFSET	0x200000ull

/* Physical address P is at PISCES_DIRECT_MAP + P in the co-kernel. */
#define PISCES_DIRECT_MAP	0xffff800000000000ull
/* The image's first byte; 2 MiB pages in the start-up tables. */
#define PISCES_IMAGE_BASE	0xffffffff80000000ull
/* The most an image may take, bss included. */
#define PISCES_IMAGE_MAX	0x1000000ull

#define PISCES_BLOCK_MIN	0x8000000ull	/* 128 MiB */

#define PISCES_MAX_CPUS		1024
#define PISCES_MAX_BLOCKS	1024

#endif
