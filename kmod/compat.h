/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels we build for, 5.10 to 7.2, in one place.
 * The rest of the module is written for the newest and knows no version.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <linux/device.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/version.h>
#include <asm/msr.h>
#include <asm/tsc.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
#include <linux/panic_notifier.h>
#else
#include <linux/kernel.h>
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#include <linux/cc_platform.h>
#else
#include <linux/mem_encrypt.h>
#endif

static inline bool compat_memory_is_encrypted(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
	return mem_encrypt_active();
#else
	return cc_platform_has(CC_ATTR_MEM_ENCRYPT);
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 13, 0)
static inline bool is_zone_movable_page(const struct page *page)
{
	return page_zonenum(page) == ZONE_MOVABLE;
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define rdmsrq(msr, value)	rdmsrl(msr, value)
#define wrmsrq(msr, value)	wrmsrl(msr, value)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

static inline struct class *compat_class_create(const char *name)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	return class_create(THIS_MODULE, name);
#else
	return class_create(name);
#endif
}

#endif
