/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which port numbers go by which name in the cluster? */
#include <assert.h>

#include <selvage/atom.h>

#include "exposed.h"

static uint64_t name_hash(const char *name, uint8_t proto)
{
	return hmap_mix(atom_hash(name), proto);
}

static struct exposure *seek(struct hnode *h, const char *name, uint8_t proto)
{
	for (; h; h = hmap_next(h)) {
		struct exposure *e = hmap_entry(h, struct exposure, node);

		if (e->port.name == name && e->port.proto == proto)
			return e;
	}
	return NULL;
}

static struct exposure *find(const struct exposed *exposed, const struct named_port *port)
{
	struct exposure *e =
		seek(hmap_find(&exposed->by_name, name_hash(port->name, port->proto)), port->name, port->proto);

	while (e && e->port.number != port->number)
		e = seek(hmap_next(&e->node), port->name, port->proto);
	return e;
}

static void note(struct exposed *exposed, const struct named_port *port)
{
	*vec_add(&exposed->changed) = *port;
	atom_ref(port->name);
}

void exposed_add(struct exposed *exposed, const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_ports; i++) {
		const struct named_port *port = &pod->ports[i];
		struct exposure *e = find(exposed, port);

		if (!e) {
			e = mem_new(1, sizeof *e);
			e->port = *port;
			atom_ref(port->name);
			hmap_put(&exposed->by_name, &e->node, name_hash(port->name, port->proto));
			note(exposed, port);
		}
		e->pods++;
	}
}

void exposed_del(struct exposed *exposed, const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_ports; i++) {
		struct exposure *e = find(exposed, &pod->ports[i]);

		assert(e);
		if (--e->pods)
			continue;
		note(exposed, &e->port);
		hmap_del(&exposed->by_name, &e->node);
		atom_put(e->port.name);
		free(e);
	}
}

const struct exposure *exposed_walk(const struct exposed *exposed, const char *name, uint8_t proto,
				    const struct exposure *after)
{
	struct hnode *h = after ? hmap_next(&after->node) : hmap_find(&exposed->by_name, name_hash(name, proto));

	return seek(h, name, proto);
}

bool exposed_changed(const struct exposed *exposed, const char *name, uint8_t proto)
{
	for (size_t i = 0; i < exposed->changed.n; i++)
		if (exposed->changed.at[i].name == name && exposed->changed.at[i].proto == proto)
			return true;
	return false;
}

void exposed_settle(struct exposed *exposed)
{
	for (size_t i = 0; i < exposed->changed.n; i++)
		atom_put(exposed->changed.at[i].name);
	vec_clear(&exposed->changed);
}

void exposed_fini(struct exposed *exposed)
{
	struct hnode *next;

	exposed_settle(exposed);
	for (struct hnode *h = hmap_walk(&exposed->by_name, NULL); h; h = next) {
		struct exposure *e = hmap_entry(h, struct exposure, node);

		next = hmap_walk(&exposed->by_name, h);
		atom_put(e->port.name);
		free(e);
	}
	hmap_fini(&exposed->by_name);
	vec_free(&exposed->changed);
}
