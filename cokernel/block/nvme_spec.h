/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NVM Express, revision 1.4: the registers, commands and structures that the
 * driver uses.  Section numbers are those of that document; all is little-
 * endian.
 */
#ifndef BLOCK_NVME_SPEC_H
#define BLOCK_NVME_SPEC_H

#include <lib/types.h>

/* Registers (3.1).  Those of 64 bits may be read and written by halves. */
enum {
	NVME_CAP = 0x00,		/* 3.1.1, 64 bits */
	NVME_VS = 0x08,			/* 3.1.2 */
	NVME_CC = 0x14,			/* 3.1.5 */
	NVME_CSTS = 0x1c,		/* 3.1.6 */
	NVME_AQA = 0x24,		/* 3.1.8 */
	NVME_ASQ = 0x28,		/* 3.1.9, 64 bits */
	NVME_ACQ = 0x30,		/* 3.1.10, 64 bits */
	NVME_DOORBELLS = 0x1000,	/* 3.1.24, 3.1.25 */
};

/* CAP. */
#define NVME_CAP_MQES(cap)	((unsigned)((cap) & 0xffff))	/* less one */
#define NVME_CAP_TO(cap)	((unsigned)((cap) >> 24 & 0xff)) /* 500 ms */
#define NVME_CAP_DSTRD(cap)	((unsigned)((cap) >> 32 & 0xf))
#define NVME_CAP_NVM(cap)	((cap) >> 37 & 1)
#define NVME_CAP_MPSMIN(cap)	((unsigned)((cap) >> 48 & 0xf))

#define NVME_VERSION_1_1	0x00010100u

/* CC. */
#define NVME_CC_ENABLE		0x1u
#define NVME_CC_SHUTDOWN	0x4000u		/* SHN: normal */
#define NVME_CC_SHN		0xc000u
#define NVME_CC_ENTRIES		(6u << 16 | 4u << 20)	/* 64 and 16 bytes */

/* CSTS; all ones: it is not there any more. */
#define NVME_CSTS_READY		0x1u
#define NVME_CSTS_FATAL		0x2u
#define NVME_CSTS_SHST		0xcu
#define NVME_CSTS_SHUT_DOWN	0x8u
#define NVME_GONE		0xffffffffu

/* A submission queue entry (4.2). */
struct nvme_command {
	uint8_t opcode;
	uint8_t flags;			/* 0: PRPs, not fused */
	uint16_t id;
	uint32_t namespace;
	uint64_t reserved;
	uint64_t metadata;
	uint64_t prp1, prp2;		/* 4.3 */
	uint32_t dword10, dword11, dword12, dword13, dword14, dword15;
};

_Static_assert(sizeof(struct nvme_command) == 64, "NVMe 1.4, 4.2");

/* A completion queue entry (4.6). */
struct nvme_completion {
	uint32_t result;
	uint32_t reserved;
	uint16_t head;			/* of the submission queue */
	uint16_t queue;
	uint16_t id;
	uint16_t status;		/* bit 0 is the phase */
};

_Static_assert(sizeof(struct nvme_completion) == 16, "NVMe 1.4, 4.6");

/* The status without its phase: type and code (4.6.1), then flags. */
#define NVME_STATUS(status)	((status) & 0x7ffu)
#define NVME_STATUS_TYPE(status) ((status) >> 8 & 7u)
#define NVME_STATUS_DNR		0x4000u		/* do not retry */
enum {
	NVME_INVALID_OPCODE = 0x001,
	NVME_ABORTED = 0x007,		/* as asked for, or by our reset */
	NVME_INVALID_NAMESPACE = 0x00b,
	NVME_WRITE_PROTECTED = 0x020,
	NVME_CAPACITY_EXCEEDED = 0x081,
	NVME_READ_ONLY_RANGE = 0x182,
};
#define NVME_TYPE_MEDIA		2u

/* Admin commands (5). */
enum {
	NVME_DELETE_SQ = 0x00,		/* 5.6 */
	NVME_CREATE_SQ = 0x01,		/* 5.4 */
	NVME_DELETE_CQ = 0x04,		/* 5.5 */
	NVME_CREATE_CQ = 0x05,		/* 5.3 */
	NVME_IDENTIFY = 0x06,		/* 5.15 */
	NVME_ABORT = 0x08,		/* 5.1 */
	NVME_SET_FEATURES = 0x09,	/* 5.21 */
};
#define NVME_QUEUE_CONTIGUOUS	0x1u
#define NVME_CQ_INTERRUPTS	0x2u
#define NVME_FEATURE_QUEUES	0x07u	/* 5.21.1.7 */

/* What IDENTIFY tells (5.15.1). */
enum {
	NVME_CNS_NAMESPACE = 0,
	NVME_CNS_CONTROLLER = 1,
	NVME_CNS_ACTIVE = 2,		/* namespaces above the one named */
};
#define NVME_ACTIVE_MOST	1024	/* of one such list */

/* Commands of the NVM command set (6). */
enum {
	NVME_FLUSH = 0x00,		/* 6.8 */
	NVME_WRITE = 0x01,		/* 6.15 */
	NVME_READ = 0x02,		/* 6.9 */
	NVME_DATASET = 0x09,		/* 6.7 */
};
#define NVME_FUA		0x40000000u	/* in dword 12 */
#define NVME_DEALLOCATE		0x4u		/* in dword 11 */

/* A range of NVME_DATASET. */
struct nvme_range {
	uint32_t attributes;
	uint32_t blocks;
	uint64_t start;
};

_Static_assert(sizeof(struct nvme_range) == 16, "NVMe 1.4, 6.7");

/* Identify Controller (5.15.2.2). */
struct nvme_controller_data {
	uint16_t vendor, subsystem_vendor;
	char serial[20], model[40], firmware[8];
	uint8_t reserved_72[5];
	uint8_t mdts;			/* 2^MDTS pages of MPSMIN; 0: no limit */
	uint8_t reserved_78[10];
	uint32_t rtd3_entry;		/* microseconds to shut down; 0: ? */
	uint8_t reserved_92[424];
	uint32_t namespaces;
	uint16_t oncs;
	uint8_t reserved_522[3];
	uint8_t vwc;			/* bit 0: a volatile write cache */
	uint8_t reserved_526[3570];
};

#define NVME_ONCS_DATASET	0x4u
#define NVME_VWC_PRESENT	0x1u

_Static_assert(offsetof(struct nvme_controller_data, mdts) == 77 &&
	       offsetof(struct nvme_controller_data, rtd3_entry) == 88 &&
	       offsetof(struct nvme_controller_data, namespaces) == 516 &&
	       offsetof(struct nvme_controller_data, vwc) == 525 &&
	       sizeof(struct nvme_controller_data) == 4096, "NVMe 1.4, 5.15.2.2");

/* Identify Namespace (5.15.2.1). */
struct nvme_namespace_data {
	uint64_t size;			/* in blocks; 0: inactive */
	uint64_t capacity, used;
	uint8_t features;
	uint8_t formats;		/* how many, less one */
	uint8_t format;			/* the one in use, bits 0 to 3 */
	uint8_t metadata;
	uint8_t protection;
	uint8_t protected;		/* bits 0 to 2: the type, or 0 */
	uint8_t reserved_30[34];
	uint16_t write_granularity;	/* blocks, less one */
	uint8_t reserved_66[33];
	uint8_t attributes;		/* bit 0: write protected */
	uint8_t reserved_100[28];
	struct {
		uint16_t metadata_bytes;
		uint8_t shift;		/* of the block size */
		uint8_t performance;
	} lba_format[16];
	uint8_t reserved_192[3904];
};

#define NVME_FEATURES_OPTPERF	0x10u	/* WRITE_GRANULARITY is valid */

_Static_assert(offsetof(struct nvme_namespace_data, write_granularity) == 64 &&
	       offsetof(struct nvme_namespace_data, attributes) == 99 &&
	       offsetof(struct nvme_namespace_data, lba_format) == 128 &&
	       sizeof(struct nvme_namespace_data) == 4096, "NVMe 1.4, 5.15.2.1");

#endif
