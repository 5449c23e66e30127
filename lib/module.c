/* SPDX-License-Identifier: GPL-2.0-only */
/* The Linux module: is it loaded, which one fits, load it, take it out. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/file.h"
#include "lib/module.h"
#include "lib/sysfs.h"

static const char *release(void)
{
	static struct utsname name;

	uname(&name);
	return name.release;
}

bool module_is_loaded(void)
{
	char state[32];

	/* A module that is on its way in or out does not count. */
	return file_read("/sys/module/pisces/initstate", state,
			 sizeof(state)) > 0 && !strcmp(state, "live");
}

const struct blob *module_for_kernel(void)
{
	for (int i = 0; blob_modules[i]; i++)
		if (!strcmp(blob_modules[i]->name, release()))
			return blob_modules[i];
	return NULL;
}

const char *module_releases(void)
{
	static char text[1024];
	size_t used = 0;

	text[0] = 0;
	for (int i = 0; blob_modules[i] && used < sizeof(text); i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%s",
				 i ? " " : "", blob_modules[i]->name);
	return text[0] ? text : "none";
}

bool module_is_signed(const struct blob *module)
{
	static const char mark[] = "~Module signature appended~\n";
	size_t length = sizeof(mark) - 1;

	return module->size > length &&
	       !memcmp(module->data + module->size - length, mark, length);
}

static int load_error(int error)
{
	switch (-error) {
	case ENOEXEC:
		return error_set(error, "the module is not for this kernel "
				 "(%s): build one with make KERNELS=%s",
				 release(), release());
	case EKEYREJECTED:
	case EBADMSG:
		return error_set(error, "the module's signature is not its "
				 "own: build and sign it anew");
	case ENOKEY:
		return error_set(error, "this kernel loads signed modules only "
				 "and does not know this one's key: build with "
				 "make KEY=FILE CERT=FILE and enrol the key");
	case EPERM:
		return error_set(error, "the kernel refuses to load the "
				 "module: it needs root's CAP_SYS_MODULE, and "
				 "under lockdown or Secure Boot a signed "
				 "module (make KEY=FILE CERT=FILE)");
	case EOPNOTSUPP:
		return error_set(error, "this machine can have no enclaves: "
				 "its memory is encrypted, or nothing tells "
				 "the frequency of its TSC; dmesg says which");
	default:
		return error_errno(error, "cannot load the module pisces");
	}
}

static int load_file(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return error_errno(-errno, "cannot open the module %s", file);
	if (syscall(SYS_finit_module, fd, "", 0))
		error = -errno;
	close(fd);
	return error == 0 || error == -EEXIST ? error : load_error(error);
}

static int load_carried(void)
{
	const struct blob *module = module_for_kernel();

	if (!module)
		return error_set(-ENOEXEC, "no module for this kernel (%s): "
				 "this pisces carries those for %s; build one "
				 "with make KERNELS=%s", release(),
				 module_releases(), release());
	if (syscall(SYS_init_module, module->data, module->size, ""))
		return errno == EEXIST ? -EEXIST : load_error(-errno);
	return 0;
}

/* Another tool may load it at the same time. */
static int wait_live(void)
{
	int64_t deadline = clock_ns() + 5000000000ll;

	while (!module_is_loaded()) {
		if (!clock_left_ms(deadline))
			return error_set(-ETIMEDOUT, "the module pisces is "
					 "being loaded or unloaded by somebody "
					 "else and does not get ready");
		clock_sleep_ms(20);
	}
	return 0;
}

int module_load(const char *file)
{
	int error = sysfs_require();

	if (error || module_is_loaded())
		return error;
	error = file ? load_file(file) : load_carried();
	return error == -EEXIST || error == 0 ? wait_live() : error;
}

int module_unload(void)
{
	if (!module_is_loaded())
		return error_set(-ENOENT, "the module pisces is not loaded");
	if (!syscall(SYS_delete_module, "pisces", O_NONBLOCK)) {
		device_forget(DEVICE_MANAGER);
		return 0;
	}
	if (errno == EWOULDBLOCK || errno == EBUSY)
		return error_set(-EBUSY, "the module pisces is in use: pisces "
				 "list shows the enclaves, pisces destroy "
				 "--all ends them");
	return error_errno(-errno, "cannot unload the module pisces");
}
