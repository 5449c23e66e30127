/* SPDX-License-Identifier: GPL-2.0-only */
/* See host/host.h. */
#include <cpu/apic.h>
#include <cpu/cpu.h>
#include <host/host.h>
#include <host/log.h>
#include <lib/panic.h>
#include <lib/string.h>

struct pisces_boot boot;
struct pisces_state *host_state;
struct pisces_stats *host_stats;
struct pisces_channel *host_channel;
volatile struct pisces_clock *host_clock;
const volatile struct pisces_boot *host_page;
struct pisces_save *host_save;
struct pisces_devices *host_devices;

static void (*doorbell_handler)(void), (*resource_handler[2])(void);
static bool can_ring;

void host_init(const struct pisces_boot *page)
{
	char *base = (char *)page - PISCES_BOOT_OFFSET;

	host_state = (void *)(base + PISCES_STATE_OFFSET);
	host_stats = (void *)(base + PISCES_STATS_OFFSET);
	host_channel = (void *)(base + PISCES_CHANNEL_OFFSET);
	host_clock = (void *)(base + PISCES_CLOCK_OFFSET);
	host_save = (void *)(base + PISCES_SAVE_OFFSET);
	host_devices = (void *)(base + PISCES_DEVICES_OFFSET);
	host_page = page;
	boot = *page;
	host_phase(PISCES_PHASE_ENTERED);
	if (boot.magic != PISCES_BOOT_MAGIC ||
	    boot.version != PISCES_ABI_VERSION || boot.size != sizeof(boot))
		panic("boot page of another version (%u)", boot.version);
	if (!boot.cpu_count || boot.cpu_count > PISCES_MAX_CPUS ||
	    !boot.block_count || boot.block_count > PISCES_MAX_BLOCKS ||
	    !boot.tsc_khz)
		panic("boot page makes no sense");
	boot.command_line[sizeof(boot.command_line) - 1] = '\0';
	boot.name[sizeof(boot.name) - 1] = '\0';
	host_stats->version = PISCES_ABI_VERSION;
}

void host_ring_enable(void)
{
	can_ring = true;
}

void host_ring(void)
{
	uint64_t target = host_page->host_doorbell;
	uint8_t vector = (uint8_t)target;

	__atomic_store_n(&host_state->host_event, 1, __ATOMIC_SEQ_CST);
	if (can_ring && vector >= 32)
		apic_send((uint32_t)(target >> 32), vector);
}

void host_on_doorbell(void (*handler)(void))
{
	doorbell_handler = handler;
}

void host_on_resources(void (*handler)(void))
{
	unsigned i = resource_handler[0] ? 1 : 0;

	ASSERT(!resource_handler[i]);
	resource_handler[i] = handler;
}

void host_answer(struct pisces_slot *slot, uint32_t wanted, int error)
{
	slot->error = error;
	__atomic_store_n(&slot->answered, wanted, __ATOMIC_RELEASE);
	host_ring();
}

void host_doorbell(void)
{
	if (doorbell_handler)
		doorbell_handler();
}

/* Somebody tries out what the tools make of a broken co-kernel. */
static void host_debug(void)
{
	uint32_t debug = host_page->debug;
	struct cpu *cpu;

	if (debug == host_state->debug_answered)
		return;
	/* Each CPU's NMI saves its registers; the last one answers for all. */
	for_each_cpu(cpu) {
		if ((debug & PISCES_WANT_MASK) == PISCES_DEBUG_REGISTERS &&
		    cpu->debug_seen != debug)
			return;
	}
	host_state->debug_answered = debug;
	host_ring();
	switch (debug & PISCES_WANT_MASK) {
	case PISCES_DEBUG_PANIC:
		panic("asked for by pisces debug");
	case PISCES_DEBUG_HANG:
		for (;;)
			__builtin_ia32_pause();
	}
}

/* Leave the module's stop nothing to interrupt. */
NORETURN static void host_shutdown(void)
{
	log_info("halted at the host's request");
	host_phase(PISCES_PHASE_STOPPED);
	cpu_halt();
}

void host_check_doorbell(void)
{
	if (__atomic_load_n(&host_state->shutdown, __ATOMIC_RELAXED))
		host_shutdown();
	host_debug();
	if (!__atomic_load_n(&host_state->doorbell, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&host_state->doorbell, 0, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < ARRAY_SIZE(resource_handler); i++)
		if (resource_handler[i])
			resource_handler[i]();
	host_doorbell();
}

void host_phase(enum pisces_phase phase)
{
	uint64_t now = rdtsc();

	switch (phase) {
	case PISCES_PHASE_ENTERED:
		host_state->tsc_entered = now;
		break;
	case PISCES_PHASE_MAPPED:
		host_state->tsc_mapped = now;
		break;
	case PISCES_PHASE_READY:
		host_state->tsc_ready = now;
		host_stats->tsc_ready = now;
		break;
	default:
		break;
	}
	__atomic_store_n(&host_state->phase, phase, __ATOMIC_RELEASE);
	host_ring();
}
