// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys: what programs read to learn about CPUs and memory nodes.
 */
#include <errno.h>
#include <fs/text.h>
#include <lib/string.h>

static void zero(struct text *text, struct inode *inode)
{
	(void)inode;
	text_print(text, "0\n");
}

/* The number of the CPU whose folder this is (KEY of the folder). */
static void own_cpu(struct text *text, struct inode *inode)
{
	text_print(text, "%u\n", (unsigned)inode->key);
}

static const struct text_source cpu_files[] = {
	{ "online", text_cpus },
	{ "possible", text_cpus },
	{ "present", text_cpus },
};

static const struct text_source topology_files[] = {
	{ "core_id", own_cpu },
	{ "thread_siblings_list", own_cpu },
	{ "core_cpus_list", own_cpu },
	{ "core_siblings_list", text_cpus },
	{ "package_cpus_list", text_cpus },
	{ "physical_package_id", zero },
};

static const struct text_source node_files[] = {
	{ "online", zero },
	{ "possible", zero },
	{ "has_memory", zero },
	{ "has_cpu", zero },
};

static const struct text_source node0_files[] = {
	{ "cpulist", text_cpus },
};

static int folder(struct inode *parent, const char *name,
		  struct inode **result)
{
	return folder_make(parent, name, &folder_inode, S_IFDIR | 0555,
			   result);
}

static int populate_cpu(struct inode *cpus, unsigned cpu)
{
	struct inode *own, *topology;
	struct entry *entry;
	char name[16];
	int status;

	snprintf(name, sizeof(name), "cpu%u", cpu);
	status = folder(cpus, name, &own);
	if (status == 0)
		status = folder(own, "topology", &topology);
	if (status == 0)
		status = text_populate(topology, topology_files,
				       ARRAY_SIZE(topology_files));
	if (status)
		return status;
	list_for_each(entry, &topology->entries, link)
		entry->inode->key = cpu;
	return 0;
}

int sysfs_populate(struct inode *sys)
{
	struct inode *devices, *system, *cpus, *nodes, *node0;
	int status = folder(sys, "devices", &devices);

	if (status == 0)
		status = folder(devices, "system", &system);
	if (status == 0)
		status = folder(system, "cpu", &cpus);
	if (status == 0)
		status = text_populate(cpus, cpu_files,
				       ARRAY_SIZE(cpu_files));
	for (unsigned i = 0; status == 0 && i < cpus_online(); i++)
		status = populate_cpu(cpus, i);
	if (status == 0)
		status = folder(system, "node", &nodes);
	if (status == 0)
		status = text_populate(nodes, node_files,
				       ARRAY_SIZE(node_files));
	if (status == 0)
		status = folder(nodes, "node0", &node0);
	if (status == 0)
		status = text_populate(node0, node0_files,
				       ARRAY_SIZE(node0_files));
	return status;
}
