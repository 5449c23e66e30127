/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels we build for, 5.10 to 7.2, in one place.
 * The rest of the module is written for the newest and knows no version.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/irqdomain.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/version.h>
#include <asm/irqdomain.h>
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

/* Must Linux's bus leave the device online?  Under the device's lock. */
static inline bool compat_offline_disabled(const struct device *device)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
	return device->offline_disabled;
#else
	return dev_offline_disabled(device);
#endif
}

static inline void compat_disable_offline(struct device *device, bool disabled)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
	device->offline_disabled = disabled;
#else
	dev_assign_offline_disabled(device, disabled);
#endif
}

/* PCI. */

#ifndef PCI_IRQ_INTX
#define PCI_IRQ_INTX		PCI_IRQ_LEGACY
#endif

/* In a struct pci_driver: it does not use Linux's mapping of DMA. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 19, 0)
#define COMPAT_MANAGES_DMA
#else
#define COMPAT_MANAGES_DMA	.driver_managed_dma = true,
#endif

/*
 * The name of the first way that Linux knows to reset the function, as in its
 * reset_method in sysfs; NULL: there is none.
 */
static inline const char *compat_reset_name(struct pci_dev *pdev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
	if (!pdev->reset_fn)
		return NULL;
	return pcie_has_flr(pdev) ? "flr" : "reset";
#else
	/* By the numbers in pci_dev's RESET_METHODS. */
	static const char *const names[] = {
		NULL, "device_specific", "acpi", "flr", "af_flr", "pm", "bus",
		"cxl_bus",
	};
	u8 method = pdev->reset_methods[0];

	return method < ARRAY_SIZE(names) ? names[method] : "reset";
#endif
}

/*
 * A function-level reset of one that has it, and no other; its configuration is
 * lost.  -ENOTTY: it does not come back.
 */
static inline int compat_reset_flr(struct pci_dev *pdev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
	return pcie_flr(pdev);
#else
	return pcie_reset_flr(pdev, PCI_RESET_DO_RESET);
#endif
}

/* Do its MSIs reach the CPU that they name, with nothing in between? */
static inline bool compat_msi_is_plain(struct pci_dev *pdev)
{
	const struct irq_domain *domain = dev_get_msi_domain(&pdev->dev);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	/* Here it is a domain of MSIs; later it is what those stand on. */
	domain = domain ? domain->parent : NULL;
#endif
	return domain == x86_vector_domain;
}

/* IOMMU. */

/* Or an ERR_PTR(). */
static inline struct iommu_domain *compat_paging_domain(struct device *device)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	return iommu_domain_alloc(device->bus) ?: ERR_PTR(-ENOMEM);
#else
	return iommu_paging_domain_alloc(device);
#endif
}

static inline int compat_iommu_map(struct iommu_domain *domain, u64 address,
				   u64 size, int rights)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	return iommu_map(domain, address, address, size, rights);
#else
	return iommu_map(domain, address, address, size, rights, GFP_KERNEL);
#endif
}

/* Earlier kernels do not know who owns a group's DMA. */
static inline int compat_claim_group(struct iommu_group *group, void *owner)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 19, 0)
	return 0;
#else
	return iommu_group_claim_dma_owner(group, owner);
#endif
}

static inline void compat_release_group(struct iommu_group *group)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
	iommu_group_release_dma_owner(group);
#endif
}

/*
 * Does the device's IOMMU call iommu_set_fault_handler()'s handler?  AMD's
 * does, Intel's never.
 */
static inline bool compat_tells_faults(struct device *device)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
	return false;
#else
	const struct dev_iommu *own = device->iommu;

	return own && own->iommu_dev && own->iommu_dev->dev &&
	       !strncmp(dev_name(own->iommu_dev->dev), "ivhd", 4);
#endif
}

#endif
