/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which prefixes does a list name? */
#include <stdlib.h>
#include <string.h>

#include <selvage/cidrs.h>

#define CIDR_TEXT 64 /* bytes that any prefix takes as text, with its NUL */

static int cidr_cmp(const void *a, const void *b)
{
	const struct cidr *x = a, *y = b;
	int order = ip_cmp(&x->addr, &y->addr);

	return order ? order : x->bits - y->bits;
}

int cidrs_add(struct cidrs *cidrs, const struct cidr *cidr, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < cidrs->n; i++)
		if (cidr_covers(&cidrs->at[i], cidr))
			return 0;
	for (size_t i = 0; i < cidrs->n; i++)
		if (!cidr_covers(cidr, &cidrs->at[i]))
			cidrs->at[kept++] = cidrs->at[i];
	cidrs->n = kept;
	if (cidrs->n == CIDRS_MAX)
		return err_set(err, ERR_INPUT, "more than %d prefixes", CIDRS_MAX);
	cidrs->at[cidrs->n++] = *cidr;
	qsort(cidrs->at, cidrs->n, sizeof *cidrs->at, cidr_cmp);
	return 0;
}

int cidrs_parse(const char *text, struct cidrs *out, struct err *err)
{
	struct cidrs more = *out;

	for (;; text++) {
		char word[CIDR_TEXT];
		struct cidr cidr;
		size_t n = strcspn(text, ",");

		if (n >= sizeof word)
			return err_set(err, ERR_INPUT, "\"%.*s...\" is no prefix", CIDR_TEXT, text);
		memcpy(word, text, n);
		word[n] = '\0';
		if (cidr_parse(word, &cidr, err) || cidrs_add(&more, &cidr, err))
			return -1;
		text += n;
		if (!*text)
			break;
	}
	*out = more;
	return 0;
}

struct cidrs cidrs_of(const struct cidrs *cidrs, enum family family)
{
	struct cidrs some = {0};

	for (size_t i = 0; i < cidrs->n; i++)
		if (cidrs->at[i].addr.family == family)
			some.at[some.n++] = cidrs->at[i];
	return some;
}

bool cidrs_eq(const struct cidrs *a, const struct cidrs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (cidr_cmp(&a->at[i], &b->at[i]))
			return false;
	return true;
}
