// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line discipline: what is typed becomes lines, signals and echo; what is
 * written gets its carriage returns.  See termios(3).
 */
#include <asm/signal.h>
#include <fs/tty.h>
#include <lib/string.h>

#define DISABLED	0	/* a control character that is none */
#define TAB		8u
#define BELL		'\a'
#define DELETE		0x7f

#define HAS(tty, flags, bit)	(((tty)->termios.c_##flags & (bit)) != 0)

static bool is_char(const struct tty *tty, unsigned which, uint8_t byte)
{
	return byte != DISABLED && tty->termios.c_cc[which] == byte;
}

static bool is_control(uint8_t byte)
{
	return byte < ' ' || byte == DELETE;
}

/* A byte inside a character of UTF-8 takes no column of its own. */
static bool continues(const struct tty *tty, uint8_t byte)
{
	return HAS(tty, iflag, IUTF8) && (byte & 0xc0) == 0x80;
}

/* The input buffer. */

static uint8_t *byte_at(struct tty *tty, uint64_t at)
{
	return &tty->input[at % TTY_INPUT];
}

static bool is_end(const struct tty *tty, uint64_t at)
{
	at %= TTY_INPUT;
	return tty->ends[at / 64] >> (at % 64) & 1;
}

static void set_end(struct tty *tty, uint64_t at, bool end)
{
	uint64_t bit = 1ull << (at % 64);
	uint64_t *word = &tty->ends[at % TTY_INPUT / 64];

	*word = end ? *word | bit : *word & ~bit;
}

static bool is_full(const struct tty *tty)
{
	return tty->head - tty->tail >= TTY_INPUT - 1;
}

/*
 * One byte is kept free for the end of a line.  A line that fills it all is
 * taken on and cut, or it would never end.
 */
size_t tty_room(struct tty *tty)
{
	if (is_full(tty))
		return HAS(tty, lflag, ICANON) && tty->ready == tty->tail;
	return TTY_INPUT - 1 - (size_t)(tty->head - tty->tail);
}

static void ready(struct tty *tty)
{
	tty->ready = tty->head;
	wait_wake_all(&tty->queue);
}

static void append(struct tty *tty, uint8_t byte, bool end)
{
	*byte_at(tty, tty->head) = byte;
	set_end(tty, tty->head, end);
	tty->head++;
	if (end || !HAS(tty, lflag, ICANON))
		ready(tty);
}

bool tty_readable(const struct tty *tty, size_t wanted)
{
	return tty->ready - tty->tail >=
		(HAS(tty, lflag, ICANON) ? 1 : MAX(wanted, (size_t)1));
}

size_t tty_read_length(const struct tty *tty, size_t n, size_t *consumed)
{
	uint64_t left = tty->ready - tty->tail;
	size_t length = 0;

	if (!HAS(tty, lflag, ICANON)) {
		*consumed = MIN(left, n);
		return *consumed;
	}
	while (length < MIN(left, n)) {
		uint64_t at = tty->tail + length;

		if (is_end(tty, at)) {
			bool data = tty->input[at % TTY_INPUT] != DISABLED;

			*consumed = length + 1;
			return length + data;
		}
		length++;
	}
	/* An end of file that just follows has ended what was read here. */
	*consumed = length;
	if (length < left && is_end(tty, tty->tail + length) &&
	    tty->input[(tty->tail + length) % TTY_INPUT] == DISABLED)
		++*consumed;
	return length;
}

size_t tty_unread_input(const struct tty *tty)
{
	size_t n = 0;

	for (uint64_t at = tty->tail; at < tty->ready; at++)
		n += !HAS(tty, lflag, ICANON) || !is_end(tty, at) ||
			tty->input[at % TTY_INPUT] != DISABLED;
	return n;
}

void tty_flush_input(struct tty *tty)
{
	tty->tail = tty->ready = tty->head;
	tty->literal = false;
	tty->driver->resume(tty);
}

void tty_line_changed(struct tty *tty, const struct ktermios *old)
{
	bool lines = HAS(tty, lflag, ICANON);

	if (lines == ((old->c_lflag & ICANON) != 0))
		return;
	/* What was typed can be read, be it a whole line or not. */
	memset(tty->ends, 0, sizeof(tty->ends));
	if (lines && tty->head != tty->tail)
		set_end(tty, tty->head - 1, true);
	tty->literal = false;
	ready(tty);
}

/* Output. */

static unsigned next_column(const struct tty *tty, uint8_t byte)
{
	switch (byte) {
	case '\b':
		return tty->column ? tty->column - 1 : 0;
	case '\t':
		return (tty->column | (TAB - 1)) + 1;
	case '\r':
		return 0;
	case '\n':
		return HAS(tty, oflag, ONLRET) ? 0 : tty->column;
	default:
		return tty->column + (!is_control(byte) &&
				      !continues(tty, byte));
	}
}

/* N bytes as they are. */
static bool put(struct tty *tty, const char *bytes, size_t n, unsigned column)
{
	if (tty->driver->room(tty) < n)
		return false;
	tty->driver->put(tty, bytes, n);
	tty->column = column;
	return true;
}

static bool put_tab(struct tty *tty)
{
	static const char spaces[TAB] = "        ";
	unsigned column = next_column(tty, '\t');

	if ((tty->termios.c_oflag & TABDLY) == XTABS)
		return put(tty, spaces, column - tty->column, column);
	return put(tty, "\t", 1, column);
}

bool tty_write_byte(struct tty *tty, uint8_t byte)
{
	char c = (char)byte;

	if (!HAS(tty, oflag, OPOST))
		return put(tty, &c, 1, tty->column);
	switch (byte) {
	case '\n':
		if (HAS(tty, oflag, ONLCR))
			return put(tty, "\r\n", 2, 0);
		break;
	case '\r':
		if (HAS(tty, oflag, ONOCR) && tty->column == 0)
			return true;
		if (HAS(tty, oflag, OCRNL))
			return put(tty, "\n", 1, next_column(tty, '\n'));
		break;
	case '\t':
		return put_tab(tty);
	default:
		if (HAS(tty, oflag, OLCUC) && byte >= 'a' && byte <= 'z')
			c = (char)(byte - 'a' + 'A');
	}
	return put(tty, &c, 1, next_column(tty, byte));
}

/* Echo.  What finds no room is lost, as if typed too fast. */

static void echo_control(struct tty *tty, uint8_t byte)
{
	tty_write_byte(tty, '^');
	tty_write_byte(tty, byte ^ 0x40);
}

static bool is_shown_as_control(const struct tty *tty, uint8_t byte)
{
	return HAS(tty, lflag, ECHOCTL) && is_control(byte) &&
		byte != '\t' && byte != '\n';
}

static void echo(struct tty *tty, uint8_t byte)
{
	if (is_shown_as_control(tty, byte))
		echo_control(tty, byte);
	else
		tty_write_byte(tty, byte);
}

static void echo_typed(struct tty *tty, uint8_t byte)
{
	if (!HAS(tty, lflag, ECHO))
		return;
	if (tty->head == tty->ready)
		tty->start_column = tty->column;
	echo(tty, byte);
}

/* The line that is being typed, once more on a line of its own. */
static void reprint(struct tty *tty)
{
	echo_control(tty, tty->termios.c_cc[VREPRINT]);
	tty_write_byte(tty, '\n');
	tty->start_column = 0;
	for (uint64_t at = tty->ready; at < tty->head; at++)
		echo(tty, *byte_at(tty, at));
}

/* Erasing. */

/* The column in which the line being typed is shown up to END. */
static unsigned column_at(struct tty *tty, uint64_t end)
{
	unsigned shown = tty->column, column;

	tty->column = tty->start_column;
	for (uint64_t at = tty->ready; at < end; at++) {
		uint8_t byte = *byte_at(tty, at);

		tty->column = is_shown_as_control(tty, byte) ?
			tty->column + 2 : next_column(tty, byte);
	}
	column = tty->column;
	tty->column = shown;
	return column;
}

/* The byte or character from FROM on disappears from where it is shown. */
static void erase_shown(struct tty *tty, uint64_t from)
{
	bool tab = *byte_at(tty, from) == '\t';
	unsigned column = column_at(tty, from);

	while (tty->column > column) {
		if (!tab && tty_write_byte(tty, '\b'))
			tty_write_byte(tty, ' ');
		if (!tty_write_byte(tty, '\b'))
			break;
	}
}

static uint64_t before_character(struct tty *tty, uint64_t at)
{
	while (at > tty->ready) {
		at--;
		if (!continues(tty, *byte_at(tty, at)))
			break;
	}
	return at;
}

/* Drop what was typed from FROM on. */
static void erase_to(struct tty *tty, uint64_t from)
{
	if (!HAS(tty, lflag, ECHO)) {
		tty->head = from;
	} else if (!HAS(tty, lflag, ECHOE)) {
		if (from < tty->head)
			echo(tty, tty->termios.c_cc[VERASE]);
		tty->head = from;
	}
	while (tty->head > from) {
		uint64_t at = before_character(tty, tty->head);

		erase_shown(tty, at);
		tty->head = at;
	}
}

static bool is_of_word(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
		(byte >= 'a' && byte <= 'z') || byte == '_' || byte >= 0x80;
}

/* The blanks and signs at the end, and the word before them. */
static uint64_t before_word(struct tty *tty, uint64_t at)
{
	while (at > tty->ready && !is_of_word(*byte_at(tty, at - 1)))
		at--;
	while (at > tty->ready && is_of_word(*byte_at(tty, at - 1)))
		at--;
	return at;
}

static void kill_line(struct tty *tty)
{
	if (!HAS(tty, lflag, ECHO)) {
		tty->head = tty->ready;
	} else if (HAS(tty, lflag, ECHOK) && HAS(tty, lflag, ECHOKE) &&
		   HAS(tty, lflag, ECHOE)) {
		erase_to(tty, tty->ready);
	} else {
		tty->head = tty->ready;
		echo(tty, tty->termios.c_cc[VKILL]);
		if (HAS(tty, lflag, ECHOK))
			tty_write_byte(tty, '\n');
	}
}

/* Input. */

static void resume_output(struct tty *tty)
{
	tty->stopped = false;
	wait_wake_all(&tty->queue);
}

static bool is_flow_control(struct tty *tty, uint8_t byte)
{
	if (!HAS(tty, iflag, IXON))
		return false;
	if (is_char(tty, VSTART, byte)) {
		resume_output(tty);
		return true;
	}
	if (is_char(tty, VSTOP, byte)) {
		tty->stopped = true;
		return true;
	}
	if (tty->stopped && HAS(tty, iflag, IXANY))
		resume_output(tty);
	return false;
}

static bool is_signal(struct tty *tty, uint8_t byte)
{
	static const struct {
		unsigned which;
		int signal;
	} signals[] = {
		{ VINTR, SIGINT }, { VQUIT, SIGQUIT }, { VSUSP, SIGTSTP },
	};

	if (!HAS(tty, lflag, ISIG))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (!is_char(tty, signals[i].which, byte))
			continue;
		if (!HAS(tty, lflag, NOFLSH)) {
			tty_flush_input(tty);
			tty->driver->flush(tty);
		}
		if (HAS(tty, iflag, IXON))
			resume_output(tty);
		if (HAS(tty, lflag, ECHO))
			echo(tty, byte);
		tty_signal(tty, signals[i].signal);
		return true;
	}
	return false;
}

/* Editing of the line that is being typed. */
static bool is_edit(struct tty *tty, uint8_t byte)
{
	bool more = HAS(tty, lflag, IEXTEN);

	if (is_char(tty, VERASE, byte)) {
		erase_to(tty, before_character(tty, tty->head));
	} else if (is_char(tty, VKILL, byte)) {
		kill_line(tty);
	} else if (more && is_char(tty, VWERASE, byte)) {
		erase_to(tty, before_word(tty, tty->head));
	} else if (more && is_char(tty, VLNEXT, byte)) {
		tty->literal = true;
		if (HAS(tty, lflag, ECHO) && HAS(tty, lflag, ECHOCTL)) {
			tty_write_byte(tty, '^');
			tty_write_byte(tty, '\b');
		}
	} else if (more && is_char(tty, VREPRINT, byte) &&
		   HAS(tty, lflag, ECHO)) {
		reprint(tty);
	} else {
		return false;
	}
	return true;
}

/* What ends the line. */
static bool is_line_end(struct tty *tty, uint8_t byte)
{
	if (is_char(tty, VEOF, byte)) {
		append(tty, DISABLED, true);
		return true;
	}
	if (byte == '\n') {
		if (HAS(tty, lflag, ECHO | ECHONL))
			tty_write_byte(tty, '\n');
	} else if (is_char(tty, VEOL, byte) ||
		   (HAS(tty, lflag, IEXTEN) && is_char(tty, VEOL2, byte))) {
		echo_typed(tty, byte);
	} else {
		return false;
	}
	append(tty, byte, true);
	return true;
}

/* A byte that is no command. */
static void receive_plain(struct tty *tty, uint8_t byte)
{
	if (is_full(tty)) {
		if (HAS(tty, iflag, IMAXBEL))
			tty_write_byte(tty, BELL);
		return;
	}
	echo_typed(tty, byte);
	append(tty, byte, false);
}

static uint8_t map(const struct tty *tty, uint8_t byte)
{
	if (HAS(tty, iflag, ISTRIP))
		byte &= 0x7f;
	if (HAS(tty, iflag, IUCLC) && HAS(tty, lflag, IEXTEN) &&
	    byte >= 'A' && byte <= 'Z')
		byte = (uint8_t)(byte - 'A' + 'a');
	return byte;
}

/* False: it is dropped. */
static bool map_line_end(const struct tty *tty, uint8_t *byte)
{
	if (*byte == '\r') {
		if (HAS(tty, iflag, IGNCR))
			return false;
		if (HAS(tty, iflag, ICRNL))
			*byte = '\n';
	} else if (*byte == '\n' && HAS(tty, iflag, INLCR)) {
		*byte = '\r';
	}
	return true;
}

static void receive(struct tty *tty, uint8_t byte)
{
	byte = map(tty, byte);
	if (tty->literal) {
		tty->literal = false;
		receive_plain(tty, byte);
		return;
	}
	if (is_flow_control(tty, byte) || is_signal(tty, byte) ||
	    !map_line_end(tty, &byte))
		return;
	if (HAS(tty, lflag, ICANON) &&
	    (is_edit(tty, byte) || is_line_end(tty, byte)))
		return;
	receive_plain(tty, byte);
}

void tty_receive(struct tty *tty, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		receive(tty, from[i]);
	tty->driver->notify(tty);
}
