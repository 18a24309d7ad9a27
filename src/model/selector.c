/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does this selector match these labels, and do two selectors ask the same? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/mem.h>
#include <selvage/selector.h>
#include <selvage/text.h>

static int atom_cmp(const char *a, const char *b)
{
	return a == b ? 0 : strcmp(a, b);
}

static int value_cmp(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return atom_cmp(*left, *right);
}

static int requirement_cmp(const void *a, const void *b)
{
	const struct requirement *left = a, *right = b;
	int order = atom_cmp(left->key, right->key);

	if (order)
		return order;
	if (left->op != right->op)
		return left->op < right->op ? -1 : 1;
	for (size_t i = 0; i < left->n_values && i < right->n_values; i++) {
		order = atom_cmp(left->values[i], right->values[i]);
		if (order)
			return order;
	}
	return (left->n_values > right->n_values) - (left->n_values < right->n_values);
}

static void requirement_fini(struct requirement *req)
{
	atom_put(req->key);
	for (size_t i = 0; i < req->n_values; i++)
		atom_put(req->values[i]);
	free(req->values);
}

static void requirement_normalise(struct requirement *req)
{
	size_t n = 0;

	if (!req->n_values)
		return;
	qsort(req->values, req->n_values, sizeof *req->values, value_cmp);
	for (size_t i = 0; i < req->n_values; i++) {
		if (n && req->values[n - 1] == req->values[i])
			atom_put(req->values[i]);
		else
			req->values[n++] = req->values[i];
	}
	req->n_values = n;
}

static bool requirement_has(const struct requirement *req, const char *value)
{
	for (size_t i = 0; i < req->n_values; i++) {
		if (req->values[i] == value)
			return true;
	}
	return false;
}

bool requirement_match(const struct requirement *req, const struct labels *labels)
{
	const char *value = labels_find(labels, req->key);

	switch (req->op) {
	case SELECTOR_IN:
		return value && requirement_has(req, value);
	case SELECTOR_NOT_IN:
		return !value || !requirement_has(req, value);
	case SELECTOR_EXISTS:
		return value != NULL;
	case SELECTOR_NOT_EXISTS:
		return !value;
	}
	return false;
}

void requirement_print(const struct requirement *req, FILE *out)
{
	if (req->op == SELECTOR_NOT_EXISTS)
		fputc('!', out);
	text_safe(out, req->key);
	if (req->op == SELECTOR_EXISTS || req->op == SELECTOR_NOT_EXISTS)
		return;
	if (req->op == SELECTOR_IN && req->n_values == 1) {
		fputc('=', out);
		text_safe(out, req->values[0]);
		return;
	}
	fputs(req->op == SELECTOR_IN ? " in (" : " notin (", out);
	for (size_t i = 0; i < req->n_values; i++) {
		fputs(i ? "," : "", out);
		text_safe(out, req->values[i]);
	}
	fputc(')', out);
}

void selector_add(struct selector *sel, enum selector_op op, const char *key, const char *const *values,
		  size_t n_values)
{
	struct requirement *req;

	sel->at = mem_resize(sel->at, sel->n + 1, sizeof *sel->at);
	req = &sel->at[sel->n++];
	*req = (struct requirement){.op = op, .key = atom(key), .n_values = n_values};
	if (!n_values)
		return;
	req->values = mem_new(n_values, sizeof *req->values);
	for (size_t i = 0; i < n_values; i++)
		req->values[i] = atom(values[i]);
}

void selector_normalise(struct selector *sel)
{
	size_t n = 0;

	if (!sel->n)
		return;
	for (size_t i = 0; i < sel->n; i++)
		requirement_normalise(&sel->at[i]);
	qsort(sel->at, sel->n, sizeof *sel->at, requirement_cmp);
	for (size_t i = 0; i < sel->n; i++) {
		if (n && !requirement_cmp(&sel->at[n - 1], &sel->at[i]))
			requirement_fini(&sel->at[i]);
		else
			sel->at[n++] = sel->at[i];
	}
	sel->n = n;
}

bool selector_match(const struct selector *sel, const struct labels *labels)
{
	for (size_t i = 0; i < sel->n; i++) {
		if (!requirement_match(&sel->at[i], labels))
			return false;
	}
	return true;
}

bool selector_covers(const struct selector *wide, const struct selector *narrow)
{
	size_t found = 0;

	for (size_t i = 0; i < narrow->n && found < wide->n; i++)
		found += !requirement_cmp(&wide->at[found], &narrow->at[i]);
	return found == wide->n;
}

int selector_cmp(const struct selector *a, const struct selector *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		int order = requirement_cmp(&a->at[i], &b->at[i]);

		if (order)
			return order;
	}
	return (a->n > b->n) - (a->n < b->n);
}

void selector_digest(const struct selector *sel, struct digest *d)
{
	digest_u32(d, (uint32_t)sel->n);
	for (size_t i = 0; i < sel->n; i++) {
		const struct requirement *req = &sel->at[i];

		digest_u32(d, (uint32_t)req->op);
		digest_text(d, req->key);
		digest_u32(d, (uint32_t)req->n_values);
		for (size_t j = 0; j < req->n_values; j++)
			digest_text(d, req->values[j]);
	}
}

void selector_print(const struct selector *sel, FILE *out)
{
	for (size_t i = 0; i < sel->n; i++) {
		fputs(i ? "," : "", out);
		requirement_print(&sel->at[i], out);
	}
}

void selector_copy(struct selector *to, const struct selector *from)
{
	*to = (struct selector){.n = from->n};
	if (!from->n)
		return;
	to->at = mem_new(from->n, sizeof *to->at);
	for (size_t i = 0; i < from->n; i++) {
		const struct requirement *r = &from->at[i];
		struct requirement *copy = &to->at[i];

		*copy = (struct requirement){.op = r->op, .key = atom_ref(r->key), .n_values = r->n_values};
		copy->values = r->n_values ? mem_new(r->n_values, sizeof *copy->values) : NULL;
		for (size_t k = 0; k < r->n_values; k++)
			copy->values[k] = atom_ref(r->values[k]);
	}
}

void selector_fini(struct selector *sel)
{
	for (size_t i = 0; i < sel->n; i++)
		requirement_fini(&sel->at[i]);
	free(sel->at);
	*sel = (struct selector){0};
}
