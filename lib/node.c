/* SPDX-License-Identifier: GPL-2.0-only */
/* One enclave's device node, and what it shows of the enclave's memory. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/node.h"

#define WINDOW_MOST	(1ull << 28)	/* how far apart windows are */

int node_open(struct node *node, const char *name)
{
	char device[sizeof(DEVICE_PREFIX) + PISCES_NAME_SIZE];

	*node = (struct node){ .fd = -1 };
	snprintf(node->name, sizeof(node->name), "%s", name);
	snprintf(device, sizeof(device), DEVICE_PREFIX "%s", node->name);
	node->fd = device_open(device);
	if (node->fd == -EACCES || node->fd == -EPERM)
		return error_set(node->fd, "you may not use %s: ask root to "
				 "give you /dev/%s", name, device);
	if (node->fd == -ENOENT || node->fd == -ENODEV || node->fd == -ENXIO)
		return error_set(-ENOENT, "no enclave is named '%s'", name);
	if (node->fd < 0)
		return error_errno(node->fd, "cannot open /dev/%s", device);
	return 0;
}

void node_close(struct node *node)
{
	if (node->channel)
		munmap(node->channel, PISCES_CHANNEL_SIZE);
	if (node->stats)
		munmap((void *)node->stats, PISCES_STATS_SIZE);
	if (node->log)
		munmap((void *)node->log, PISCES_LOG_SIZE);
	if (node->fd >= 0)
		close(node->fd);
	*node = (struct node){ .fd = -1 };
}

static void *map(const struct node *node, uint64_t offset, uint64_t size,
		 int protection)
{
	void *at = mmap(NULL, size, protection, MAP_SHARED, node->fd,
			(off_t)offset);

	return at == MAP_FAILED ? NULL : at;
}

static int map_error(const struct node *node, const char *what)
{
	int error = -errno;

	if (error == -ENODEV || error == -ENXIO)
		return error_set(error, "%s has no %s: it was never started or "
				 "is gone", node->name, what);
	return error_errno(error, "cannot map the %s of %s", what,
			   node->name);
}

int node_map_channel(struct node *node)
{
	if (!node->channel)
		node->channel = map(node, PISCES_MAP_CHANNEL,
				    PISCES_CHANNEL_SIZE,
				    PROT_READ | PROT_WRITE);
	return node->channel ? 0 : map_error(node, "control channel");
}

int node_map_stats(struct node *node)
{
	if (!node->stats)
		node->stats = map(node, PISCES_MAP_STATS, PISCES_STATS_SIZE,
				  PROT_READ);
	return node->stats ? 0 : map_error(node, "counters");
}

int node_map_log(struct node *node)
{
	if (!node->log)
		node->log = map(node, PISCES_MAP_LOG, PISCES_LOG_SIZE,
				PROT_READ);
	return node->log ? 0 : map_error(node, "log");
}

static int get_info(const struct node *node,
		    struct pisces_ioctl_node_info *info)
{
	*info = (struct pisces_ioctl_node_info){ .size = sizeof(*info) };
	return ioctl(node->fd, PISCES_NODE_INFO, info) ? -errno : 0;
}

int node_state(const struct node *node)
{
	struct pisces_ioctl_node_info info;
	int error = get_info(node, &info);

	return error ? error : (int)info.state;
}

int node_info(const struct node *node, struct pisces_ioctl_node_info *info)
{
	int error = get_info(node, info);

	if (error == -ENODEV)
		return error_set(-ENODEV, "%s is gone", node->name);
	if (error)
		return error_errno(error, "cannot look at %s", node->name);
	return 0;
}

int node_require_running(const struct node *node)
{
	struct pisces_ioctl_node_info info;
	int error = node_info(node, &info);

	return error ? error : enclave_require_running(node->name, info.state);
}

int node_doorbell(const struct node *node)
{
	return ioctl(node->fd, PISCES_NODE_DOORBELL) ? -errno : 0;
}

void node_drain(const struct node *node)
{
	uint64_t events;

	/* The number does not matter, and -EAGAIN is fine. */
	(void)!read(node->fd, &events, sizeof(events));
}

int node_wait(const struct node *node, int timeout_ms)
{
	struct pollfd fd = { .fd = node->fd, .events = POLLIN };
	int n = poll(&fd, 1, timeout_ms);

	if (n < 0)
		return -errno;
	if (n == 0)
		return 0;
	if (fd.revents & POLLIN)
		node_drain(node);
	return fd.revents & (POLLHUP | POLLERR | POLLNVAL) ? -ENODEV : 1;
}

int64_t node_window_size(const struct node *node, uint32_t index)
{
	struct pisces_ioctl_window window = {
		.size = sizeof(window), .index = index,
	};

	if (ioctl(node->fd, PISCES_NODE_WINDOW, &window))
		return -errno;
	if (window.size_bytes == 0 || window.size_bytes > WINDOW_MOST)
		return -EPROTO;
	return (int64_t)window.size_bytes;
}

void *node_map_window(const struct node *node, uint32_t index, uint64_t size,
		      bool writable)
{
	return map(node, PISCES_MAP_WINDOW(index), size,
		   writable ? PROT_READ | PROT_WRITE : PROT_READ);
}
