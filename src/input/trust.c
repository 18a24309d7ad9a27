/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which certificates must the API server's be signed by? */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium/utils.h>

#include <selvage/mem.h>

#include "slurp.h"
#include "trust.h"

#define READ_SECONDS 300 /* between two readings of the file */
#define DOUBT_SECONDS 1  /* the same, when the server's certificate did not fit */
#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

/* Does DER fill exactly these bytes?  One SEQUENCE with a long length, as every certificate is. */
static bool der_whole(const unsigned char *der, size_t size)
{
	size_t n, length = 0;

	if (size < 2 || der[0] != 0x30 || der[1] < 0x81 || der[1] > 0x84)
		return false;
	n = der[1] & 0x7fU;
	for (size_t i = 0; i < n && 2 + i < size; i++)
		length = length << 8 | der[2 + i];
	return size == 2 + n + length;
}

/* Is the base64 between two marks a whole certificate? */
static bool body_whole(const char *body, size_t size)
{
	unsigned char *der = mem_new(size + 1, 1);
	size_t n;
	bool whole = !sodium_base642bin(der, size, body, size, " \n\r\t", &n, NULL, sodium_base64_VARIANT_ORIGINAL) &&
		     der_whole(der, n);

	free(der);
	return whole;
}

bool trust_whole(const char *text, size_t size)
{
	const char *end = text + size, *begin;
	size_t n = 0;

	for (; (begin = memmem(text, (size_t)(end - text), PEM_BEGIN, strlen(PEM_BEGIN))); n++) {
		const char *body = begin + strlen(PEM_BEGIN);
		const char *stop = memmem(body, (size_t)(end - body), PEM_END, strlen(PEM_END));

		if (!stop || !body_whole(body, (size_t)(stop - body)))
			return false;
		text = stop + strlen(PEM_END);
	}
	return n && !memmem(text, (size_t)(end - text), "--", 2);
}

static int trust_read(struct trust *trust, struct err *err)
{
	char *text;
	size_t size;

	if (slurp(trust->ca->file, &text, &size, err))
		return err_ctx(err, "certificate authority %s: ", trust->ca->file);
	if (!trust_whole(text, size)) {
		free(text);
		return err_set(err, ERR_INPUT, "certificate authority %s: no whole certificate is in it",
			       trust->ca->file);
	}
	free(trust->text);
	trust->text = text;
	trust->size = size;
	return 0;
}

static bool due(const struct trust *trust, struct mono now)
{
	double age = mono_seconds(trust->read, now);

	return !trust->text || age >= READ_SECONDS || (trust->doubted && age >= DOUBT_SECONDS);
}

int trust_get(struct trust *trust, struct mono now, const char **text, size_t *size, struct err *err)
{
	*text = trust->ca->text;
	*size = *text ? strlen(*text) : 0;
	if (*text || !trust->ca->file)
		return 0;
	if (due(trust, now)) {
		int status = trust_read(trust, err);

		trust->read = now;
		trust->doubted = false;
		if (status && !trust->text)
			return -1;
	}
	*text = trust->text;
	*size = trust->size;
	return 0;
}

void trust_fini(struct trust *trust)
{
	free(trust->text);
	trust->text = NULL;
}
