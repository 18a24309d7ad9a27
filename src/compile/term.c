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

static uint64_t bucket_hash(const char *ns)
{
	return ns ? atom_hash(ns) : 0;
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
	hmap_put(&terms->by_ns, &term->bucket, bucket_hash(term->ns));
	return term;
}

void term_put(struct terms *terms, struct term *term)
{
	if (--term->refs)
		return;
	assert(term->users.n == 0);
	hmap_del(&terms->by_name, &term->node);
	hmap_del(&terms->by_ns, &term->bucket);
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

/* The term at `h` or after it among those of equal hash whose namespace is exactly `ns`. */
static struct term *bucket_seek(struct hnode *h, const char *ns)
{
	for (; h; h = hmap_next(h)) {
		struct term *term = hmap_entry(h, struct term, bucket);

		if (term->ns == ns)
			return term;
	}
	return NULL;
}

struct term *terms_walk(const struct terms *terms, const char *ns, const struct term *after)
{
	struct term *term = NULL;

	if (!after)
		term = bucket_seek(hmap_find(&terms->by_ns, bucket_hash(ns)), ns);
	else
		term = bucket_seek(hmap_next(&after->bucket), after->ns);
	if (!term && (!after || after->ns))
		term = bucket_seek(hmap_find(&terms->by_ns, bucket_hash(NULL)), NULL);
	return term;
}

void terms_fini(struct terms *terms)
{
	assert(terms->by_name.n == 0);
	hmap_fini(&terms->by_name);
	hmap_fini(&terms->by_ns);
}
