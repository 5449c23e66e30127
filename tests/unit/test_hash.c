/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BLAKE2b (lib/hash.c); the results are those of b2sum -l 256.
 * Build: lib/hash.c
 */
#include <stdlib.h>

#include "lib/hash.h"

#include "tap.h"

static uint8_t bytes[2501];

/* The first SIZE bytes in pieces of STEP. */
static bool is(size_t size, size_t step, const char *expected)
{
	uint8_t result[HASH_SIZE];
	char text[2 * HASH_SIZE + 1];
	struct hash hash;

	hash_begin(&hash);
	for (size_t at = 0; at < size; at += step)
		hash_add(&hash, bytes + at, size - at < step ? size - at
							     : step);
	hash_end(&hash, result);
	for (size_t i = 0; i < HASH_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", result[i]);
	return !strcmp(text, expected);
}

static const char nothing[] =
	"0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
static const char one_block[] =
	"c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1";
static const char all[] =
	"9e928077027c6ef5c9148f2c4e791faee7d01d4ce0f928b7960e95c88cc52735";
static const char abc[] =
	"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";

static void results_are_those_of_others(void)
{
	CHECK(is(0, 1, nothing));
	CHECK(is(128, 128, one_block));
	CHECK(is(sizeof(bytes), sizeof(bytes), all));
	memcpy(bytes, "abc", 3);
	CHECK(is(3, 3, abc));
	memcpy(bytes, "\0\1\2", 3);
}

static void pieces_of_any_size_will_do(void)
{
	for (size_t step = 1; step < 300; step++)
		CHECK(is(128, step, one_block) &&
		      is(sizeof(bytes), step, all));
}

int main(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	RUN(results_are_those_of_others);
	RUN(pieces_of_any_size_will_do);
	return tap_end();
}
