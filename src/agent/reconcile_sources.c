/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the pods of this node send from their own addresses only? */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <selvage/links.h>
#include <selvage/log.h>

#include "reconcile_priv.h"

#define SOURCES_EVERY 10 /* looks of the guard, of which one asks for all addresses anew */

void sources_init(struct reconcile *r, bool unchecked)
{
	struct err err;

	r->sources = (struct sources){.unchecked = unchecked, .fd = -1};
	if (unchecked)
		return;
	r->sources.fd = links_listen(&err);
	if (r->sources.fd < 0)
		log_warn("new pods' interfaces are looked for every few seconds only: %s", err.msg);
}

void sources_fini(struct reconcile *r)
{
	vec_free(&r->sources.held);
	if (r->sources.fd >= 0)
		close(r->sources.fd);
}

int reconcile_links_fd(const struct reconcile *r)
{
	return r->sources.fd;
}

void reconcile_links_heard(struct reconcile *r)
{
	links_heard(r->sources.fd);
}

/* What an agent before us left. */
static int uncheck(struct reconcile *r, struct err *err)
{
	bool existed;

	if (nl_sources_remove(r->nl, &existed, err))
		return -1;
	if (existed)
		log_info("pods may send from any address: table netdev " FACT_TABLE " removed");
	r->sources.known = true;
	return 0;
}

static int check(struct reconcile *r, struct err *err)
{
	struct sources *s = &r->sources;
	struct veths seen, chosen;
	int rc = 0;

	if (links_seen(&seen, err)) {
		vec_free(&seen);
		return -1;
	}
	veths_choose(&seen, &s->held, r->store, r->node, &chosen);
	vec_free(&seen);
	if (!s->known || !veths_eq(&chosen, &s->held)) {
		rc = nl_sources(r->nl, s->known ? &s->held : NULL, &chosen, err);
		s->known = !rc;
		if (!rc)
			log_debug("pods send from their own addresses on %zu interfaces", chosen.n);
	}
	vec_free(&s->held);
	s->held = chosen;
	return rc;
}

void reconcile_sources(struct reconcile *r)
{
	struct sources *s = &r->sources;
	struct err err = {0};
	int rc;

	if (!r->ready || (s->unchecked && s->known))
		return;
	s->due = false;
	rc = s->unchecked ? uncheck(r, &err) : check(r, &err);
	if (!rc)
		err = (struct err){0}; /* of what was tried on the way */
	else if (strcmp(s->why.msg, err.msg) != 0)
		log_warn("it is not checked from which addresses pods send: %s", err.msg);
	s->why = err;
}

void sources_turn(struct reconcile *r)
{
	const struct change *changes;
	size_t n;

	changes = store_changes(r->store, &n);
	for (size_t i = 0; i < n; i++) {
		const struct object *o = changes[i].after ? changes[i].after : changes[i].before;
		const struct pod *pod = (const struct pod *)(const void *)o;

		r->sources.due |= o->kind == OBJECT_POD && pod->node && !strcmp(pod->node, r->node);
	}
}

void sources_look(struct reconcile *r)
{
	struct sources *s = &r->sources;

	if (monitor_sources(r->monitor))
		s->known = false;
	if (s->looks++ % SOURCES_EVERY == 0 || s->due || !s->known)
		reconcile_sources(r);
}

bool sources_know(const struct reconcile *r, const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_ips; i++)
		if (!veths_have(&r->sources.held, &pod->ips[i]))
			return false;
	return true;
}

uint64_t sources_forged(const struct reconcile *r)
{
	uint64_t packets;
	struct err err;

	return r->sources.known && !r->sources.unchecked && !nl_forged(r->nl, &packets, &err) ? packets : 0;
}
