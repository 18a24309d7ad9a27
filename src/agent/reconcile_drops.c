/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose packets does the table drop, and who is told? */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <selvage/atom.h>
#include <selvage/drop_print.h>
#include <selvage/json_print.h>
#include <selvage/log.h>
#include <selvage/verdict.h>

#include "reconcile_priv.h"

#define AT_ONCE 512 /* before something else has its turn */
#define NAME_BYTES 512

/* The group is an agent's before us as long as that runs.  Without a kernel that logs, rules that log would be refused. */
void drops_begin(struct reconcile *r)
{
	struct err err = {0};

	if (!r->listen || r->drops || !r->config.log_group)
		return;
	r->drops = drops_open(r->config.log_group, &err);
	if (r->drops || r->busy)
		return;
	if (err.code == ERR_BUSY) {
		r->busy = true;
		log_info("dropped packets are not told of yet: %s", err.msg);
		return;
	}
	log_warn("dropped packets are counted, but not told of: %s", err.msg);
	r->config.log_group = 0;
	r->listen = false;
}

static int text_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void names_isolating(const struct store *store, const struct pod *pod, enum direction direction, struct names *out)
{
	const struct object *o = NULL;
	char *name;

	*out = (struct names){0};
	while (pod && (o = store_walk_ns(store, OBJECT_POLICY, pod->object.ns, o))) {
		const struct policy *policy = (const struct policy *)(const void *)o;

		if (!policy->types[direction] || !policy_selects(policy, pod))
			continue;
		if (asprintf(&name, "%s/%s", o->ns, o->name) < 0)
			abort();
		*vec_add(out) = name;
	}
	vec_sort(out, text_cmp);
}

void names_fini(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->at[i]);
	vec_free(names);
}

/* Who has the address?  "NS/POD", "node NAME", or NULL. */
static const char *name_of(const struct reconcile *r, const struct ip *ip, char buf[static NAME_BYTES])
{
	const struct pod *pod = store_owner(r->store, ip);
	const char *node = pod ? NULL : store_node(r->store, ip);

	if (pod)
		snprintf(buf, NAME_BYTES, "%s/%s", pod->object.ns, pod->object.name);
	else if (node)
		snprintf(buf, NAME_BYTES, "node %s", node);
	return pod || node ? buf : NULL;
}

/* The policies that speak of a packet which the chain dropped, or would drop, are those of one end; so is the rule that came
 * nearest. */
static void names_of_chain(const struct reconcile *r, const char *chain, const struct packet *packet, struct names *out,
			   struct miss *miss)
{
	const char *reason = drop_reason(chain), *shadow = fact_shadow(reason), *which = shadow ? shadow : reason;
	bool in = !strcmp(which, direction_name(DIRECTION_INGRESS)),
	     eg = !strcmp(which, direction_name(DIRECTION_EGRESS));
	const struct store *store = shadow && r->shadow ? shadow_store(r->shadow) : r->store;

	*out = (struct names){0};
	*miss = (struct miss){0};
	if (!(in || eg) || (shadow && !r->shadow))
		return;
	names_isolating(store, store_owner(store, in ? &packet->to : &packet->from),
			in ? DIRECTION_INGRESS : DIRECTION_EGRESS, out);
	*miss = verdict_miss(store, packet, in ? DIRECTION_INGRESS : DIRECTION_EGRESS);
}

json_t *drop_named(const struct reconcile *r, const struct drop *drop, int64_t when)
{
	char from[NAME_BYTES], to[NAME_BYTES];
	struct names names;
	struct miss miss;
	json_t *json;

	names_of_chain(r, drop->chain, &drop->packet, &names, &miss);
	json = drop_json(&(struct drop_said){
		.when = when,
		.chain = drop->chain,
		.packet = &drop->packet,
		.from_port = drop->from_port,
		.icmp = drop->icmp,
		.type = drop->type,
		.code = drop->code,
		.from = name_of(r, &drop->packet.from, from),
		.to = name_of(r, &drop->packet.to, to),
		.isolating = (const char *const *)names.at,
		.n_isolating = names.n,
		.miss = &miss,
	});
	names_fini(&names);
	return json;
}

static void line_log(const json_t *drop)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		abort();
	drop_print(drop, out);
	if (fclose(out))
		abort();
	log_info("%s: %s", drop_shadow(drop) ? "would be dropped" : "dropped", line);
	free(line);
}

/* Who is told is told of it now. */
static void spread(const struct reconcile *r, const struct drop *drop, int64_t when,
		   void (*tell)(void *ctx, const char *line, size_t n), void *ctx)
{
	json_t *json = drop_named(r, drop, when);
	char *line = NULL;
	size_t size;
	FILE *out;

	if (r->log_drops)
		line_log(json);
	if (!tell) {
		json_decref(json);
		return;
	}
	out = open_memstream(&line, &size);
	if (!out)
		abort();
	json_print_line(json, out);
	if (fclose(out))
		abort();
	tell(ctx, line, size);
	free(line);
}

static void say_lost(struct reconcile *r)
{
	uint64_t lost = drops_lost(r->drops);

	if (lost == r->lost)
		return;
	if (!r->lost)
		log_warn("dropped packets come faster than they can be told of: %ju are only counted", (uintmax_t)lost);
	r->lost = lost;
}

int reconcile_drops_fd(const struct reconcile *r)
{
	return r->drops ? drops_fd(r->drops) : -1;
}

void reconcile_dropped(struct reconcile *r, void (*tell)(void *ctx, const char *line, size_t n), void *ctx)
{
	int64_t now = time(NULL);
	struct drop drop;

	for (int i = 0; i < AT_ONCE && r->drops && drops_next(r->drops, &drop); i++) {
		recent_add(&r->recent, drop.chain, &drop.packet, now);
		if (tell || r->log_drops)
			spread(r, &drop, now, tell, ctx);
	}
	if (r->drops)
		say_lost(r);
}
