/* SPDX-License-Identifier: GPL-2.0-only */
/* See lib/string.h. */
#include <lib/string.h>

struct output {
	char *to;
	size_t size, length;
};

struct format {
	bool left, zero, alternate, plus, upper;
	int width, precision;		/* -1: none */
	unsigned longs;
};

static void put(struct output *out, char c)
{
	if (out->length + 1 < out->size)
		out->to[out->length] = c;
	out->length++;
}

static void pad(struct output *out, char c, int n)
{
	while (n-- > 0)
		put(out, c);
}

static void put_string(struct output *out, const struct format *format,
		       const char *s)
{
	size_t n;

	if (!s)
		s = "(null)";
	n = format->precision < 0 ? strlen(s) :
		strnlen(s, (size_t)format->precision);
	if (!format->left)
		pad(out, ' ', format->width - (int)n);
	for (size_t i = 0; i < n; i++)
		put(out, s[i]);
	if (format->left)
		pad(out, ' ', format->width - (int)n);
}

static void put_number(struct output *out, const struct format *format,
		       uint64_t value, unsigned base, const char *sign)
{
	const char *digit = format->upper ? "0123456789ABCDEF" :
		"0123456789abcdef";
	char text[24];
	int n = 0, zeroes, width;

	do
		text[n++] = digit[value % base];
	while (value /= base);
	zeroes = format->precision - n;
	width = format->width - (int)strlen(sign) - n - MAX(zeroes, 0);
	if (!format->left && !(format->zero && format->precision < 0))
		pad(out, ' ', width);
	while (*sign)
		put(out, *sign++);
	if (!format->left && format->zero && format->precision < 0)
		pad(out, '0', width);
	pad(out, '0', zeroes);
	while (n)
		put(out, text[--n]);
	if (format->left)
		pad(out, ' ', width);
}

static const char *parse_number(const char *at, int *number, va_list *args)
{
	if (*at == '*') {
		*number = va_arg(*args, int);
		return at + 1;
	}
	*number = 0;
	while (*at >= '0' && *at <= '9')
		*number = *number * 10 + (*at++ - '0');
	return at;
}

static const char *parse(const char *at, struct format *format, va_list *args)
{
	*format = (struct format){ .precision = -1 };
	for (;; at++) {
		if (*at == '-')
			format->left = true;
		else if (*at == '0')
			format->zero = true;
		else if (*at == '#')
			format->alternate = true;
		else if (*at == '+')
			format->plus = true;
		else
			break;
	}
	at = parse_number(at, &format->width, args);
	if (*at == '.')
		at = parse_number(at + 1, &format->precision, args);
	while (*at == 'l' || *at == 'z' || *at == 'h') {
		if (*at++ != 'h')
			format->longs++;
	}
	return at;
}

static uint64_t next_unsigned(const struct format *format, va_list *args)
{
	return format->longs ? va_arg(*args, uint64_t) :
		va_arg(*args, unsigned);
}

static void put_signed(struct output *out, const struct format *format,
		       va_list *args)
{
	int64_t value = format->longs ? va_arg(*args, int64_t) :
		va_arg(*args, int);
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	put_number(out, format, magnitude, 10,
		   value < 0 ? "-" : format->plus ? "+" : "");
}

static void put_conversion(struct output *out, struct format *format,
			   char conversion, va_list *args)
{
	char single[2] = { 0 };

	switch (conversion) {
	case 'd':
	case 'i':
		put_signed(out, format, args);
		break;
	case 'u':
		put_number(out, format, next_unsigned(format, args), 10, "");
		break;
	case 'o':
		put_number(out, format, next_unsigned(format, args), 8, "");
		break;
	case 'X':
		format->upper = true;
		/* fall through */
	case 'x':
		put_number(out, format, next_unsigned(format, args), 16,
			   format->alternate ? "0x" : "");
		break;
	case 'p':
		put_number(out, format, (uint64_t)va_arg(*args, void *), 16,
			   "0x");
		break;
	case 's':
		put_string(out, format, va_arg(*args, const char *));
		break;
	case 'c':
		single[0] = (char)va_arg(*args, int);
		put_string(out, format, single);
		break;
	default:
		put(out, conversion);
		break;
	}
}

int vsnprintf(char *to, size_t size, const char *format, va_list arguments)
{
	struct output out = { to, size, 0 };
	struct format parsed;
	va_list args;

	va_copy(args, arguments);
	for (const char *at = format; *at; at++) {
		if (*at != '%') {
			put(&out, *at);
			continue;
		}
		at = parse(at + 1, &parsed, &args);
		if (!*at)
			break;
		put_conversion(&out, &parsed, *at, &args);
	}
	va_end(args);
	if (size)
		to[MIN(out.length, size - 1)] = '\0';
	return (int)out.length;
}

int snprintf(char *to, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(to, size, format, arguments);
	va_end(arguments);
	return length;
}
