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

/* Of the node whose folder this is. */
static void node_cpus(struct text *text, struct inode *inode)
{
	text_cpus_of(text, (unsigned)inode->key);
}

static const struct text_source nodes_files[] = {
	{ "online", text_nodes },
	{ "possible", text_nodes },
	{ "has_memory", text_memory_nodes },
	{ "has_cpu", text_nodes },
};

static const struct text_source node_files[] = {
	{ "cpulist", node_cpus },
};

static int folder(struct inode *parent, const char *name,
		  struct inode **result)
{
	return folder_make(parent, name, &folder_inode, S_IFDIR | 0555,
			   result);
}

/* The files of SOURCES in FOLDER, which know NUMBER. */
static int numbered(struct inode *folder, const struct text_source *sources,
		    size_t count, unsigned number)
{
	int status = text_populate(folder, sources, count);
	struct entry *entry;

	if (status)
		return status;
	list_for_each(entry, &folder->entries, link)
		entry->inode->key = number;
	return 0;
}

static int populate_cpu(struct inode *cpus, unsigned cpu)
{
	struct inode *own, *topology;
	char name[16];
	int status;

	snprintf(name, sizeof(name), "cpu%u", cpu);
	status = folder(cpus, name, &own);
	if (status == 0)
		status = folder(own, "topology", &topology);
	return status ? status : numbered(topology, topology_files,
					  ARRAY_SIZE(topology_files), cpu);
}

static int populate_node(struct inode *nodes, unsigned node)
{
	struct inode *own;
	char name[16];
	int status;

	snprintf(name, sizeof(name), "node%u", node);
	status = folder(nodes, name, &own);
	return status ? status : numbered(own, node_files,
					  ARRAY_SIZE(node_files), node);
}

static int populate_cpus(struct inode *system)
{
	struct inode *folder_of_cpus;
	struct cpu *cpu;
	int status = folder(system, "cpu", &folder_of_cpus);

	if (status == 0)
		status = text_populate(folder_of_cpus, cpu_files,
				       ARRAY_SIZE(cpu_files));
	for_each_cpu(cpu) {
		if (status == 0)
			status = populate_cpu(folder_of_cpus, cpu->index);
	}
	return status;
}

static int populate_nodes(struct inode *system)
{
	struct inode *nodes;
	int status = folder(system, "node", &nodes);

	if (status == 0)
		status = text_populate(nodes, nodes_files,
				       ARRAY_SIZE(nodes_files));
	for (unsigned node = 0; status == 0 && node < NODES_MAX; node++)
		if (node_exists(node))
			status = populate_node(nodes, node);
	return status;
}

int sysfs_populate(struct inode *sys)
{
	struct inode *devices, *system;
	int status = folder(sys, "devices", &devices);

	if (status == 0)
		status = folder(devices, "system", &system);
	if (status == 0)
		status = populate_cpus(system);
	return status ? status : populate_nodes(system);
}
