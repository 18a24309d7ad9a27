/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may a selector that matches nothing have meant? */
#include "audit_meant.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#define NAME_LABEL "kubernetes.io/metadata.name"

struct label_sets {
	VEC(const struct labels *);
};

struct names {
	VEC(const char *);
};

static char *say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *say(const char *fmt, ...)
{
	va_list ap;
	char *out;

	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		abort();
	va_end(ap);
	return out;
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What changes with every rollout is no name for pods. */
static const char *volatile_key(const struct selector *selector)
{
	static const char *const keys[] = {"pod-template-hash", "controller-revision-hash"};

	for (size_t i = 0; i < selector->n; i++)
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			if (!strcmp(selector->at[i].key, keys[k]))
				return keys[k];
	return NULL;
}

/* All keys, or all values of a key, that the sets have; sorted so that the nearest is always the same one. */
static void words_of(const struct label_sets *sets, const char *key, struct names *out)
{
	for (size_t s = 0; s < sets->n; s++)
		for (size_t i = 0; i < sets->at[s]->n; i++) {
			const struct label *label = &sets->at[s]->at[i];

			if (!key)
				*vec_add(out) = label->key;
			else if (!strcmp(label->key, key))
				*vec_add(out) = label->value;
		}
	vec_sort(out, name_cmp);
}

static bool has_word(const struct names *names, const char *word)
{
	return names->n && bsearch(&word, names->at, names->n, sizeof *names->at, name_cmp);
}

/* A key or value nearby that exists, of a requirement that nothing meets. */
static char *misspelt(const struct label_sets *sets, const struct requirement *need)
{
	struct names keys = {VEC_EMPTY}, values = {VEC_EMPTY};
	const char *near = NULL;
	char *out = NULL;

	words_of(sets, NULL, &keys);
	if (need->op == SELECTOR_NOT_IN || need->op == SELECTOR_NOT_EXISTS) {
		near = NULL;
	} else if (!has_word(&keys, need->key)) {
		near = text_nearest(need->key, keys.at, keys.n);
		if (near)
			out = say("; did you mean %s instead of %s?", near, need->key);
	} else if (need->n_values == 1) {
		words_of(sets, need->key, &values);
		if (!has_word(&values, need->values[0]))
			near = text_nearest(need->values[0], values.at, values.n);
		if (near)
			out = say("; did you mean %s=%s?", need->key, near);
	}
	vec_free(&keys);
	vec_free(&values);
	return out;
}

static char *nearest(const struct label_sets *sets, const struct selector *selector)
{
	char *out = NULL;

	for (size_t i = 0; !out && i < selector->n; i++)
		out = misspelt(sets, &selector->at[i]);
	return out;
}

static void add_pods(const struct audit_view *view, const char *ns, struct label_sets *out)
{
	struct audit_span span = audit_units_in(view, ns);

	for (size_t i = span.first; i < span.end; i++)
		*vec_add(out) = &view->audit->units.at[i].pod->labels;
}

/* Another namespace whose pods match. */
static const char *elsewhere(const struct audit_view *view, const struct selector *selector)
{
	for (size_t i = 0; i < view->audit->units.n; i++)
		if (selector_match(selector, &view->audit->units.at[i].pod->labels))
			return view->audit->units.at[i].ns;
	return NULL;
}

static char *meant(const struct audit_view *view, const struct label_sets *sets, const struct selector *selector)
{
	const char *key = volatile_key(selector), *ns = key ? NULL : elsewhere(view, selector);
	char *out;

	if (key)
		return say("; %s changes with every rollout", key);
	if (ns)
		return say("; there are such pods in namespace %s", ns);
	out = nearest(sets, selector);
	return out ? out : say("%s", "");
}

char *audit_meant_pods(const struct audit_view *view, const char *ns, const struct selector *selector)
{
	struct label_sets sets = {VEC_EMPTY};
	char *out;

	add_pods(view, ns, &sets);
	out = meant(view, &sets, selector);
	vec_free(&sets);
	return out;
}

char *audit_meant_peer(const struct audit_view *view, const struct selector *namespaces, const struct selector *pods)
{
	struct label_sets sets = {VEC_EMPTY};
	char *out;

	for (size_t i = 0; i < view->audit->namespaces.n; i++)
		if (audit_ns_matches(view, view->audit->namespaces.at[i].name, namespaces) == 1)
			add_pods(view, view->audit->namespaces.at[i].name, &sets);
	out = meant(view, &sets, pods);
	vec_free(&sets);
	return out;
}

/* People write the label that namespaces do not have. */
static char *meant_name(const struct audit_view *view, const struct selector *selector)
{
	for (size_t i = 0; i < selector->n; i++) {
		const struct requirement *need = &selector->at[i];

		if (need->op == SELECTOR_IN && need->n_values == 1 && strcmp(need->key, NAME_LABEL) &&
		    audit_row(view, need->values[0]))
			return say("; did you mean " NAME_LABEL "=%s?", need->values[0]);
	}
	return NULL;
}

char *audit_meant_namespaces(const struct audit_view *view, const struct selector *selector)
{
	struct label_sets sets = {VEC_EMPTY};
	const struct object *o = NULL;
	char *out = meant_name(view, selector);

	while ((o = store_walk(view->store, OBJECT_NAMESPACE, o)))
		*vec_add(&sets) = &((const struct namespace *)(const void *)o)->labels;
	out = out ? out : nearest(&sets, selector);
	vec_free(&sets);
	return out ? out : say("%s", "");
}
