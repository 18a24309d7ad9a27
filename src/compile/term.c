/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pods' addresses does one peer of one policy mean? */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "term.h"

static void term_name(struct term *term)
{
	struct digest d;

	digest_init(&d);
	digest_text(&d, term->ns);
	selector_digest(&term->ns_labels, &d);
	selector_digest(&term->pods, &d);
	digest_u32(&d, term->block);
	digest_bytes(&d, term->ranges.at, term->ranges.n * sizeof *term->ranges.at);
	digest_text(&d, term->port);
	digest_u32(&d, term->proto);
	digest_u32(&d, term->number);
	term->name = digest_name(&d, "term-");
}

static void term_fini(struct term *term)
{
	atom_put(term->ns);
	atom_put(term->port);
	atom_put(term->name);
	selector_fini(&term->ns_labels);
	selector_fini(&term->pods);
	vec_free(&term->ranges);
	vec_free(&term->users);
}

static uint64_t scope_hash(const char *ns)
{
	return ns ? atom_hash(ns) : 0;
}

static struct scope *scope_find(const struct terms *terms, const char *ns)
{
	for (struct hnode *h = hmap_find(&terms->scopes, scope_hash(ns)); h; h = hmap_next(h)) {
		struct scope *scope = hmap_entry(h, struct scope, node);

		if (scope->ns == ns)
			return scope;
	}
	return NULL;
}

static void scope_enter(struct terms *terms, struct term *term)
{
	struct scope *scope = scope_find(terms, term->ns);

	if (!scope) {
		scope = mem_new(1, sizeof *scope);
		scope->ns = atom_ref(term->ns);
		hmap_put(&terms->scopes, &scope->node, scope_hash(scope->ns));
	}
	term->scope = scope;
	term->next = scope->first;
	if (term->next)
		term->next->prev = term;
	scope->first = term;
}

static void scope_leave(struct terms *terms, struct term *term)
{
	struct scope *scope = term->scope;

	if (term->next)
		term->next->prev = term->prev;
	if (term->prev)
		term->prev->next = term->next;
	else
		scope->first = term->next;
	if (scope->first)
		return;
	hmap_del(&terms->scopes, &scope->node);
	atom_put(scope->ns);
	free(scope);
}

struct term *term_get(struct terms *terms, struct term *draft)
{
	struct hnode *h;
	struct term *term;

	term_name(draft);
	for (h = hmap_find(&terms->by_name, atom_hash(draft->name)); h; h = hmap_next(h)) {
		term = hmap_entry(h, struct term, node);
		if (term->name == draft->name) {
			term_fini(draft);
			term->refs++;
			return term;
		}
	}
	term = mem_copy(draft, sizeof *draft);
	term->refs = 1;
	term->demands = (term->ns ? 1 : term->ns_labels.n) + term->pods.n + term->block + (term->port != NULL);
	hmap_put(&terms->by_name, &term->node, atom_hash(term->name));
	scope_enter(terms, term);
	return term;
}

void term_put(struct terms *terms, struct term *term)
{
	if (--term->refs)
		return;
	assert(term->users.n == 0);
	hmap_del(&terms->by_name, &term->node);
	scope_leave(terms, term);
	term_fini(term);
	free(term);
}

static bool exposes(const struct pod *pod, const struct term *term)
{
	for (size_t i = 0; i < pod->n_ports; i++) {
		const struct named_port *port = &pod->ports[i];

		if (port->name == term->port && port->proto == term->proto && port->number == term->number)
			return true;
	}
	return false;
}

bool term_match_ns(const struct term *term, const char *ns, const struct labels *labels)
{
	return term->ns ? term->ns == ns : selector_match(&term->ns_labels, labels);
}

bool term_match_pod(const struct term *term, const struct pod *pod, const struct ip *ip)
{
	return selector_match(&term->pods, &pod->labels) && (!term->port || exposes(pod, term)) &&
	       (!term->block || ip_ranges_has(&term->ranges, ip));
}

static bool namespaces_cover(const struct term *wide, const struct term *narrow)
{
	if (wide->ns || (narrow->ns && wide->ns_labels.n))
		return wide->ns && wide->ns == narrow->ns;
	return narrow->ns || selector_covers(&wide->ns_labels, &narrow->ns_labels);
}

static bool addresses_cover(const struct term *wide, const struct term *narrow)
{
	const struct ip_ranges *a = &wide->ranges, *b = &narrow->ranges;

	return !wide->block || (narrow->block && a->n == b->n && memcmp(a->at, b->at, a->n * sizeof *a->at) == 0);
}

bool term_covers(const struct term *wide, const struct term *narrow)
{
	bool port = !wide->port ||
		    (wide->port == narrow->port && wide->proto == narrow->proto && wide->number == narrow->number);

	return wide->demands < narrow->demands && port && namespaces_cover(wide, narrow) &&
	       addresses_cover(wide, narrow) && selector_covers(&wide->pods, &narrow->pods);
}

struct term *terms_walk(const struct terms *terms, const char *ns, const struct term *after)
{
	const struct scope *scope;

	if (after && after->next)
		return after->next;
	scope = after ? NULL : scope_find(terms, ns);
	if (!scope && (!after || after->ns))
		scope = scope_find(terms, NULL);
	return scope ? scope->first : NULL;
}

void terms_fini(struct terms *terms)
{
	assert(terms->by_name.n == 0);
	hmap_fini(&terms->by_name);
	hmap_fini(&terms->scopes);
}
