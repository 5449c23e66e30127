// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a PCI function that is granted.
 *
 * The tool binds it to the driver here, which does nothing with it; the steps
 * of its grant do (device.c).  To be taken, it is enabled, its state saved for
 * Linux, made quiet and put into the enclave's IOMMU domain; to be given back,
 * the same goes backwards.
 *
 * Linux may take it away at any time (an unbind by hand, a device that is
 * pulled out), which a driver cannot refuse: then it is made quiet and given
 * back at once, and its grant lives on without it.
 *
 * Locking: see enclave.h.  functions_mutex is for the list, which interrupts
 * read under RCU.
 */
#define pr_fmt(fmt) "pisces: " fmt

#include <linux/io.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "compat.h"
#include "config.h"
#include "domain.h"
#include "function.h"
#include "quiesce.h"
#include "request.h"

static LIST_HEAD(functions);
static DEFINE_MUTEX(functions_mutex);

u32 function_address(const struct pci_dev *pdev)
{
	return PISCES_PCI_ADDRESS(pci_domain_nr(pdev->bus), pdev->bus->number,
				  PCI_SLOT(pdev->devfn),
				  PCI_FUNC(pdev->devfn));
}

/* Under functions_mutex or RCU. */
static struct function *find(const struct pci_dev *pdev)
{
	struct function *f;

	list_for_each_entry_rcu(f, &functions, link,
				lockdep_is_held(&functions_mutex))
		if (f->pdev == pdev)
			return f;
	return NULL;
}

/* Under RCU. */
static void count_fault(struct function *f)
{
	u8 *memory = enclave_memory(f->enclave);
	u32 faults = atomic_inc_return(&f->faults);
	u32 slot = READ_ONCE(f->slot);

	if (memory && slot != NO_SLOT && READ_ONCE(f->open))
		WRITE_ONCE(enclave_devices(memory)->host[slot].faults, faults);
}

void function_count_fault(const struct pci_dev *pdev)
{
	struct function *f;

	rcu_read_lock();
	f = find(pdev);
	if (f)
		count_fault(f);
	rcu_read_unlock();
}

void function_silence_all(const struct enclave *e)
{
	struct function *f;

	list_for_each_entry_rcu(f, &functions, link) {
		void __iomem *page = READ_ONCE(f->config_page);

		if (f->enclave == e && page)
			config_silence(page);
	}
}

/* Making and dropping. */

struct function *function_make(struct enclave *e, struct pci_dev *pdev,
			       bool unsafe)
{
	struct function *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return NULL;
	kref_init(&f->ref);
	kref_get(&e->ref);
	f->enclave = e;
	f->pdev = pci_dev_get(pdev);
	f->unsafe = unsafe;
	mutex_init(&f->lock);
	request_prepare(f);
	mutex_lock(&functions_mutex);
	list_add_tail_rcu(&f->link, &functions);
	mutex_unlock(&functions_mutex);
	return f;
}

static void release(struct kref *ref)
{
	struct function *f = container_of(ref, struct function, ref);

	pci_dev_put(f->pdev);
	enclave_put(f->enclave);
	kfree(f);
}

void function_drop(struct function *f)
{
	mutex_lock(&functions_mutex);
	list_del_rcu(&f->link);
	mutex_unlock(&functions_mutex);
	synchronize_rcu();
	kref_put(&f->ref, release);
}

/* Taking it from Linux and giving it back. */

static int claim_bars(struct function *f)
{
	f->bars = pci_select_bars(f->pdev, IORESOURCE_MEM) &
		  ((1 << PCI_STD_NUM_BARS) - 1);
	return pci_request_selected_regions(f->pdev, f->bars, "pisces");
}

static int save_state(struct function *f)
{
	pci_save_state(f->pdev);
	f->saved = pci_store_saved_state(f->pdev);
	return f->saved ? 0 : -ENOMEM;
}

/* As it was, for Linux's driver. */
static void disable(struct function *f)
{
	if (!pci_load_and_free_saved_state(f->pdev, &f->saved))
		pci_restore_state(f->pdev);
	/* Until whoever has a handler enables the function. */
	pci_intx(f->pdev, 0);
	pci_disable_device(f->pdev);
}

static int enable(struct function *f)
{
	int error;

	/* One without power management says that it cannot. */
	pci_set_power_state(f->pdev, PCI_D0);
	pci_clear_master(f->pdev);
	error = pci_enable_device(f->pdev);
	if (error)
		return error;
	error = save_state(f);
	if (error)
		pci_disable_device(f->pdev);
	return error;
}

static int contain(struct function *f)
{
	if (!domain_is_possible(f->pdev))
		return f->unsafe ? 0 : -EOPNOTSUPP;
	return domain_enter(f->enclave, f->pdev, &f->domain);
}

/* 0 or -EIO. */
static int quiesce(struct function *f, bool locked)
{
	int way = quiesce_stop(f->pdev, locked);

	if (way > 0)
		f->way = way;
	return min(way, 0);
}

int function_take(struct function *f)
{
	int error = enable(f);

	if (error)
		return error;
	error = quiesce(f, false);
	if (error)
		goto disable;
	error = claim_bars(f);
	if (error)
		goto disable;
	error = contain(f);
	if (error)
		goto release_bars;
	f->config_page = config_map(f->pdev, &f->config);
	f->taken = f->quiet = true;
	return 0;

release_bars:
	pci_release_selected_regions(f->pdev, f->bars);
disable:
	disable(f);
	return error;
}

/* It is quiet. */
static void give_back(struct function *f)
{
	struct domain *domain = f->domain;
	void __iomem *page = f->config_page;

	f->taken = false;
	f->domain = NULL;
	WRITE_ONCE(f->config_page, NULL);
	if (page) {
		synchronize_rcu();	/* function_silence_all() */
		iounmap(page);
	}
	if (domain)
		domain_leave(domain);
	pci_release_selected_regions(f->pdev, f->bars);
	disable(f);
}

static int stop(struct function *f, bool locked)
{
	int error;

	if (!f->taken || f->quiet)
		return 0;
	/* Another driver's, perhaps: hands off. */
	if (f->lost && !locked)
		return -EIO;
	interrupt_off(f);
	error = quiesce(f, locked);
	f->quiet = !error;
	return error;
}

int function_stop(struct function *f)
{
	return stop(f, false);
}

int function_give_back(struct function *f)
{
	int error = stop(f, false);

	if (error)
		return error;
	if (f->taken)
		give_back(f);
	f->over = true;
	return 0;
}

/* The driver. */

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct function *f;
	int error = -ENODEV;

	mutex_lock(&functions_mutex);
	f = find(pdev);
	if (f) {
		mutex_lock(&f->lock);
		if (!f->bound && !f->taken && !f->lost && !f->over) {
			f->bound = true;
			kref_get(&f->ref);
			pci_set_drvdata(pdev, f);
			error = 0;
		}
		mutex_unlock(&f->lock);
	}
	mutex_unlock(&functions_mutex);
	return error;
}

/* A number that no recent loss had, and not 0. */
static u32 number_loss(void)
{
	static atomic_t last;
	u32 number;

	do
		number = atomic_inc_return(&last);
	while (!number);
	return number;
}

/* Linux takes it away from an enclave.  The device's lock. */
static void lose(struct function *f)
{
	pr_warn("%s was unbound, though enclave %s has it\n",
		pci_name(f->pdev), f->enclave->name);
	f->lost = number_loss();
	if (request_lose(f))
		pr_err("enclave %s does not let go of %s: whoever has it next may be disturbed\n",
		       f->enclave->name, pci_name(f->pdev));
	if (!stop(f, true)) {
		give_back(f);
		return;
	}
	/* What it writes still goes to the enclave's memory, which stays. */
	pr_err("%s does not stop; it keeps the memory of enclave %s\n",
	       pci_name(f->pdev), f->enclave->name);
}

static void remove(struct pci_dev *pdev)
{
	struct function *f = pci_get_drvdata(pdev);

	mutex_lock(&f->lock);
	f->bound = false;
	if (f->taken)
		lose(f);
	mutex_unlock(&f->lock);
	pci_set_drvdata(pdev, NULL);
	kref_put(&f->ref, release);
}

static struct pci_driver driver = {
	.name = "pisces",
	/* No ids: it is bound by hand, to what has a grant. */
	.probe = probe,
	.remove = remove,
	COMPAT_MANAGES_DMA
};

bool function_is_linux(const struct pci_dev *pdev)
{
	const struct device_driver *bound = READ_ONCE(pdev->dev.driver);

	return bound && bound != &driver.driver;
}

int function_init(void)
{
	int error = request_init();

	if (error)
		return error;
	error = pci_register_driver(&driver);
	if (error)
		request_exit();
	return error;
}

void function_exit(void)
{
	pci_unregister_driver(&driver);
	request_exit();
}
