// SPDX-License-Identifier: GPL-2.0-only
/*
 * process_vm_readv(2), process_vm_writev(2): between the caller's memory and
 * another process', without a copy on the way.  Theirs is found page by page
 * and used where the kernel sees it; under the kernel lock it stays there, also
 * while ours is given on touch.
 */
#include <linux/mman.h>
#include <mm/aspace.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <task/identity.h>
#include <task/process.h>

/* What of our memory is left to do, in pieces that shrink. */
struct local {
	struct iovec *piece;
	uint64_t bytes;
	bool write;		/* from it, to the other process */
};

/* N bytes, which there are, between ours and MEMORY; how many it were. */
static size_t move(struct local *local, uint8_t *memory, size_t n)
{
	size_t done = 0;

	while (done < n) {
		struct iovec *piece = local->piece;
		uint64_t user = (uint64_t)piece->iov_base;
		size_t part = MIN(n - done, piece->iov_len);
		size_t missing = local->write ?
			copy_from_user_some(memory + done, user, part) :
			copy_to_user_some(user, memory + done, part);

		done += part - missing;
		if (missing)
			break;
		piece->iov_base = (void *)(user + part);
		piece->iov_len -= part;
		if (!piece->iov_len)
			local->piece++;
	}
	local->bytes -= done;
	return done;
}

/* -EFAULT: one side could not be reached. */
static int move_piece(struct local *local, struct aspace *aspace,
		      const struct iovec *remote)
{
	uint64_t address = (uint64_t)remote->iov_base;
	uint64_t left = remote->iov_len;

	while (left && local->bytes) {
		size_t n = MIN(left, local->bytes);
		uint8_t *memory = aspace_reach(aspace, address, local->write ?
					       PROT_WRITE : PROT_READ, &n);

		if (!memory)
			return -EFAULT;
		if (move(local, memory, n) < n)
			return -EFAULT;
		address += n;
		left -= n;
	}
	return 0;
}

static int64_t move_all(struct local local, struct aspace *aspace,
			const struct iovec *remote, uint64_t count)
{
	uint64_t total = local.bytes;
	int status = 0;

	for (uint64_t i = 0; i < count && !status; i++)
		status = move_piece(&local, aspace, &remote[i]);
	return local.bytes < total ? (int64_t)(total - local.bytes) : status;
}

static bool is_empty(const struct iovec *vector, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (vector[i].iov_len)
			return false;
	return true;
}

static int find(int pid, struct aspace **aspace)
{
	const struct process *process = process_of_thread(pid);

	if (!process || !process->aspace)
		return -ESRCH;
	*aspace = process->aspace;
	return *aspace == current()->process->aspace ||
		identity_may_trace(process) ? 0 : -EPERM;
}

static int64_t remote(struct local local, int pid, uint64_t user,
		      uint64_t count)
{
	struct aspace *aspace;
	struct iovec *pieces;
	int64_t status = file_pieces(user, count, &pieces);

	if (status)
		return status;
	if (!is_empty(pieces, count)) {
		status = find(pid, &aspace);
		if (!status)
			status = move_all(local, aspace, pieces, count);
	}
	object_free(pieces);
	return status;
}

static int64_t process_vm(uint64_t pid, uint64_t user, uint64_t count,
			  uint64_t remote_user, uint64_t remote_count,
			  uint64_t flags, bool write)
{
	struct local local = { .write = write };
	struct iovec *pieces;
	int64_t status;

	if (flags)
		return -EINVAL;
	status = file_vector(user, count, &pieces, &local.bytes);
	if (status)
		return status;
	local.piece = pieces;
	if (local.bytes)
		status = remote(local, (int)pid, remote_user, remote_count);
	object_free(pieces);
	return status;
}

SYSCALL_DEFINE(process_vm_readv)
{
	return process_vm(a, b, c, d, e, f, false);
}

SYSCALL_DEFINE(process_vm_writev)
{
	return process_vm(a, b, c, d, e, f, true);
}
