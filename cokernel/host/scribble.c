/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See host/scribble.h.  Most of what it writes is nearly right, since that is
 * where checks go wrong: addresses in and near the grant, states that exist,
 * answers to what is wanted.
 */
#include <pisces/log.h>
#include <cpu/cpu.h>
#include <host/host.h>
#include <host/scribble.h>
#include <lib/string.h>

#define AT_ONCE		64	/* words, then a pause */
#define PAUSE		2000	/* at most so many 1000 cycles */

static uint64_t seed;
static bool spares_phase;

static uint64_t any(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static uint64_t value(uint64_t old)
{
	switch (any(8)) {
	case 0:
		return any(~0ull);
	case 1:
		return old + any(129) - 64;
	case 2:
		return any(8);
	case 3:
		return any(8) << 32 | any(8);
	case 4:
		return ~any(64);
	case 5:
		return boot.base + any(boot.block[0].size);
	case 6:
		return PAGE_SIZE * any(1 << 20);
	default:
		return 0x2525252525252525ull;	/* "%%%%%%%%" */
	}
}

static void anywhere(void *start, uint64_t size)
{
	/* The first words say how the rest is to be read. */
	uint64_t *word = start, at = any(any(2) ? 64 : size / sizeof(*word));

	if (spares_phase && &word[at] == (void *)&host_state->phase)
		return;
	word[at] = value(word[at]);
}

static void slot(struct pisces_slot *slots, uint32_t wanted, uint64_t index)
{
	struct pisces_slot *slot = &slots[index];

	slot->state = (uint32_t)any(4);
	slot->error = any(2) ? 0 : -(int32_t)any(140);
	slot->pid = (uint32_t)value(slot->pid);
	memset(slot->user, (int)any(256), sizeof(slot->user));
	slot->answered = any(4) ? wanted : (uint32_t)value(wanted);
}

static void window(void)
{
	struct pisces_window *window = &host_state->window[any(8)];

	window->start = any(2) ? value(window->start)
			       : boot.base + PAGE_SIZE * any(1 << 15);
	window->size = any(2) ? value(window->size) : PAGE_SIZE * any(64);
	window->state = (uint32_t)any(4);
}

/* Also what is asked of the module. */
static void device(uint64_t i)
{
	struct pisces_device_own *own = &host_devices->own[i];

	if (any(2))
		slot(&own->slot, host_devices->host[i].wanted, 0);
	else
		anywhere(own, sizeof(*own));
	own->request = (uint32_t)any(8);
	own->sequence += (uint32_t)any(2);
}

static void anything(void)
{
	uint64_t i = any(4);

	switch (any(10)) {
	case 0:
		slot(host_state->cpu, host_page->cpu[i].wanted, i);
		break;
	case 1:
		slot(host_state->block, host_page->block[i].wanted, i);
		break;
	case 2:
		window();
		break;
	case 3:
		anywhere(host_stats, PISCES_STATS_SIZE);
		break;
	case 4:
		anywhere(host_channel, PISCES_CHANNEL_SIZE);
		break;
	case 5:
		anywhere((char *)host_state + PISCES_LOG_OFFSET -
			 PISCES_STATE_OFFSET, PISCES_LOG_SIZE);
		break;
	case 6:
		anywhere(host_save, PISCES_SAVE_SIZE);
		break;
	case 7:
		device(i);
		break;
	case 8:
		if (!spares_phase && !any(1000))
			host_state->phase = (uint32_t)any(8);
		host_state->debug_answered = host_page->debug;
		host_state->doorbell_cpu =
			(uint32_t)value(host_state->doorbell_cpu);
		break;
	default:
		anywhere(host_state, PISCES_STATE_SIZE);
	}
}

NORETURN static void scribble(void)
{
	for (;;) {
		uint64_t start = rdtsc(), pause = any(PAUSE) * 1000;

		for (unsigned i = 0; i < AT_ONCE; i++)
			anything();
		if (!any(4))
			host_ring();
		while (rdtsc() - start < pause)
			__builtin_ia32_pause();
	}
}

void scribble_run(const char *command_line)
{
	static const char word[] = "scribble=";
	uint64_t number = 0;

	for (; strncmp(command_line, word, sizeof(word) - 1); command_line++)
		if (!*command_line)
			return;
	command_line += sizeof(word) - 1;
	for (; *command_line >= '0' && *command_line <= '9'; command_line++)
		number = 10 * number + (uint64_t)(*command_line - '0');
	spares_phase = number & 1;
	seed = number * 0x9e3779b97f4a7c15ull + 1;
	scribble();
}
