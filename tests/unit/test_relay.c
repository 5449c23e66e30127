/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session's relay and an enclave that does not hear each doorbell.
 *
 * Build: lib/relay.c lib/input.c lib/output.c lib/limit.c lib/clock.c lib/error.c lib/text.c
 */
#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/relay.h"
#include "tap.h"

#define SIZE	4096u

static struct pisces_ring_shared in_shared, out_shared, error_shared;
static uint8_t in_data[SIZE], out_data[SIZE], error_data[SIZE];
static struct pisces_session page;
static struct node node = { .name = "test" };
static struct session session;
static struct relay relay;
static struct pisces_ring in;	/* the enclave's side */
static char got[SIZE];
static int doorbells, deaf;	/* rung; so many are not heard */
static int64_t window_size;

/* The enclave: reads all there is, and its program ends. */
int node_doorbell(const struct node *n)
{
	(void)n;
	if (doorbells++ < deaf)
		return 0;
	pisces_ring_pop(&in, got, sizeof(got) - 1);
	page.state = PISCES_SESSION_EXITED;
	return 0;
}

int64_t node_window_size(const struct node *n, uint32_t index)
{
	(void)n, (void)index;
	return window_size;
}

void node_drain(const struct node *n)
{
	(void)n;
}

int node_require_running(const struct node *n)
{
	(void)n;
	return 0;
}

uint32_t session_state(const struct session *s)
{
	return __atomic_load_n(&s->page->state, __ATOMIC_ACQUIRE);
}

int session_signal(const struct session *s, int number)
{
	(void)s, (void)number;
	return 0;
}

int session_resize(const struct session *s)
{
	(void)s;
	return 0;
}

void terminal_again(const struct terminal *terminal)
{
	(void)terminal;
}

int collect_feed(struct collect *collect, const uint8_t *data, size_t size)
{
	(void)collect, (void)data, (void)size;
	return 0;
}

int64_t bundle_read(struct bundle *bundle, void *to, size_t size)
{
	(void)bundle, (void)to, (void)size;
	return 0;
}

/* A session in STATE whose enclave waits for input and misses LOST doorbells. */
static void begin(enum pisces_session_state state, int lost)
{
	int ends[2];

	memset(&in_shared, 0, sizeof(in_shared));
	memset(got, 0, sizeof(got));
	memset(&relay, 0, sizeof(relay));
	page.state = state;
	node.fd = pipe(ends) ? -1 : ends[0];
	session = (struct session){ .node = &node, .page = &page };
	pisces_ring_attach_producer(&session.in, &in_shared, in_data, SIZE);
	pisces_ring_attach_consumer(&session.out, &out_shared, out_data, SIZE);
	pisces_ring_attach_consumer(&session.error_out, &error_shared,
				    error_data, SIZE);
	pisces_ring_attach_consumer(&in, &in_shared, in_data, SIZE);
	pisces_ring_wait_data(&in, 1);
	relay.session = &session;
	relay.signals = -1;
	relay.files_done = true;
	relay.input.ring = &session.in;
	relay.input.fd = -1;
	relay.out.ring = &session.out;
	relay.error_out.ring = &session.error_out;
	doorbells = 0;
	deaf = lost;
	window_size = SIZE;
}

static void a_program_is_loaded_though_a_doorbell_is_lost(void)
{
	begin(PISCES_SESSION_LOADING, 1);
	relay.input.start = (const uint8_t *)"start";
	relay.input.start_left = 5;
	CHECK(relay_run(&relay) == 0);
	CHECK(doorbells == 2);
	CHECK(!strcmp(got, "start"));
}

static void a_session_that_was_closed_is_not_waited_for(void)
{
	begin(PISCES_SESSION_LOADING, 1000);
	relay.input.start = (const uint8_t *)"start";
	relay.input.start_left = 5;
	window_size = -ENXIO;
	CHECK(relay_run(&relay) == -EIO);
	CHECK(doorbells == 2);
	CHECK(strstr(error_text(), "test has closed the session before"));
}

/* Takes as long as the relay waits without progress. */
static void what_was_read_of_a_program_is_told(void)
{
	begin(PISCES_SESSION_LOADING, 1000);
	relay.input.start = (const uint8_t *)"start";
	relay.input.start_left = 5;
	pisces_ring_push(&session.in, "more", 4);
	pisces_ring_consume(&in, 3);
	CHECK(relay_run(&relay) == -ETIMEDOUT);
	CHECK(strstr(error_text(), "has read 3 bytes of 9"));
}

static void input_is_read_though_a_doorbell_is_lost(void)
{
	int ends[2];

	begin(PISCES_SESSION_RUNNING, 1);
	relay.input.shipped = true;
	CHECK(!pipe(ends) && write(ends[1], "input", 5) == 5);
	relay.input.fd = ends[0];
	CHECK(relay_run(&relay) == 0);
	CHECK(doorbells == 2);
	CHECK(!strcmp(got, "input"));
}

static void on_alarm(int number)
{
	(void)number;
	page.state = PISCES_SESSION_EXITED;
}

static void who_computes_is_left_alone(void)
{
	struct itimerval after = { .it_value.tv_sec = 3 };
	int ends[2];

	begin(PISCES_SESSION_RUNNING, 0);
	pisces_ring_wait_data(&in, 0);
	relay.input.shipped = true;
	CHECK(!pipe(ends) && write(ends[1], "later", 5) == 5);
	relay.input.fd = ends[0];
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &after, NULL);
	CHECK(relay_run(&relay) == 0);
	CHECK(doorbells == 0);
}

int main(void)
{
	RUN(a_program_is_loaded_though_a_doorbell_is_lost);
	RUN(a_session_that_was_closed_is_not_waited_for);
	RUN(what_was_read_of_a_program_is_told);
	RUN(input_is_read_though_a_doorbell_is_lost);
	RUN(who_computes_is_left_alone);
	return tap_end();
}
