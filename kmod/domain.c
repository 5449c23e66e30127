// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU domains: one for each IOMMU group of which an enclave has functions.
 *
 * Rules: a domain maps each block that Linux has let go of for the enclave to
 * itself, from COMMIT to RETURN, and nothing else.  A group is in a domain from
 * when all its functions are quiet until they are so again.  While it is, no
 * driver of Linux may use its DMA, which newer kernels see to.
 *
 * Locking: domains_mutex, inside the lock of a function, since a function also
 * leaves when Linux takes it away.  What is mapped changes under ledger_mutex.
 */
#include <linux/iommu.h>
#include <linux/slab.h>
#include "compat.h"
#include "domain.h"
#include "function.h"
#include "ledger.h"

#define RIGHTS	(IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE)

struct domain {
	struct list_head link;
	struct enclave *enclave;
	struct iommu_group *group;
	struct iommu_domain *iommu;
	u32 users;		/* functions */
};

static LIST_HEAD(domains);
static DEFINE_MUTEX(domains_mutex);

bool domain_is_possible(struct pci_dev *pdev)
{
	struct iommu_group *group = iommu_group_get(&pdev->dev);

	iommu_group_put(group);
	return group;
}

/* Groups. */

struct companions {
	const struct enclave *enclave;
	bool now;
	u64 other;
};

static int check_companion(struct device *device, void *data)
{
	struct companions *c = data;
	struct pci_dev *pdev;
	struct grant *g;

	if (!dev_is_pci(device))
		return c->now && READ_ONCE(device->driver) ? -EXDEV : 0;
	pdev = to_pci_dev(device);
	/* Bridges do no DMA of their own. */
	if (pci_is_bridge(pdev))
		return 0;
	c->other = function_address(pdev);
	g = ledger_find(PISCES_GRANT_DEVICE, c->other, 1);
	if (g && g->enclave != c->enclave)
		return -EXDEV;
	return c->now && function_is_linux(pdev) ? -EXDEV : 0;
}

int domain_check_group(const struct enclave *e, struct pci_dev *pdev, bool now,
		       u64 *other)
{
	struct companions c = { .enclave = e, .now = now };
	struct iommu_group *group = iommu_group_get(&pdev->dev);
	int error;

	if (!group)
		return 0;
	error = iommu_group_for_each_dev(group, &c, check_companion);
	iommu_group_put(group);
	if (error)
		*other = c.other;
	return error;
}

/* Domains. */

static int map_blocks(const struct enclave *e, struct iommu_domain *iommu)
{
	struct grant *g = NULL;
	int error = 0;

	while (!error && (g = ledger_next(e, PISCES_GRANT_MEMORY, g)))
		if (g->step != PISCES_STEP_INTENT &&
		    g->step != PISCES_STEP_RETURN)
			error = compat_iommu_map(iommu, g->start, g->size,
						 RIGHTS);
	return error;
}

/* An interrupt of the IOMMU, or its thread.  Linux reports it, too. */
static int on_fault(struct iommu_domain *iommu, struct device *device,
		    unsigned long address, int flags, void *unused)
{
	if (dev_is_pci(device))
		function_count_fault(to_pci_dev(device));
	return -ENOSYS;
}

static int attach(struct domain *d)
{
	int error = compat_claim_group(d->group, d);

	if (error)
		return error == -EPERM ? -EBUSY : error;
	error = iommu_attach_group(d->iommu, d->group);
	if (error)
		compat_release_group(d->group);
	return error;
}

/* Takes GROUP over, if it returns no error. */
static struct domain *make(struct enclave *e, struct iommu_group *group,
			   struct pci_dev *pdev)
{
	struct domain *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int error;

	if (!d)
		return ERR_PTR(-ENOMEM);
	d->enclave = e;
	d->group = group;
	d->iommu = compat_paging_domain(&pdev->dev);
	if (IS_ERR(d->iommu)) {
		error = PTR_ERR(d->iommu);
		goto free;
	}
	iommu_set_fault_handler(d->iommu, on_fault, NULL);
	error = map_blocks(e, d->iommu);
	if (!error)
		error = attach(d);
	if (error)
		goto free_iommu;
	list_add_tail(&d->link, &domains);
	return d;

free_iommu:
	iommu_domain_free(d->iommu);
free:
	kfree(d);
	return ERR_PTR(error);
}

static struct domain *find(const struct enclave *e,
			   const struct iommu_group *group)
{
	struct domain *d;

	list_for_each_entry(d, &domains, link)
		if (d->enclave == e && d->group == group)
			return d;
	return NULL;
}

int domain_enter(struct enclave *e, struct pci_dev *pdev,
		 struct domain **domain)
{
	struct iommu_group *group = iommu_group_get(&pdev->dev);
	struct domain *d;

	if (!group)
		return -ENODEV;
	mutex_lock(&domains_mutex);
	d = find(e, group);
	if (d) {
		iommu_group_put(group);
	} else {
		d = make(e, group, pdev);
		if (IS_ERR(d))
			iommu_group_put(group);
	}
	if (!IS_ERR(d)) {
		d->users++;
		*domain = d;
	}
	mutex_unlock(&domains_mutex);
	return PTR_ERR_OR_ZERO(d);
}

void domain_leave(struct domain *d)
{
	mutex_lock(&domains_mutex);
	if (!--d->users) {
		list_del(&d->link);
		iommu_detach_group(d->iommu, d->group);
		compat_release_group(d->group);
		iommu_domain_free(d->iommu);
		iommu_group_put(d->group);
		kfree(d);
	}
	mutex_unlock(&domains_mutex);
}

/* Blocks. */

/* From all domains of the enclave that come before END. */
static void unmap_before(const struct enclave *e, const struct list_head *end,
			 u64 start, u64 size)
{
	struct domain *d;

	list_for_each_entry(d, &domains, link) {
		if (&d->link == end)
			break;
		if (d->enclave == e)
			iommu_unmap(d->iommu, start, size);
	}
}

int domain_map(struct enclave *e, u64 start, u64 size)
{
	struct domain *d;
	int error = 0;

	mutex_lock(&domains_mutex);
	list_for_each_entry(d, &domains, link) {
		if (d->enclave != e)
			continue;
		error = compat_iommu_map(d->iommu, start, size, RIGHTS);
		if (error) {
			unmap_before(e, &d->link, start, size);
			break;
		}
	}
	mutex_unlock(&domains_mutex);
	return error;
}

void domain_unmap(struct enclave *e, u64 start, u64 size)
{
	mutex_lock(&domains_mutex);
	unmap_before(e, &domains, start, size);
	mutex_unlock(&domains_mutex);
}
