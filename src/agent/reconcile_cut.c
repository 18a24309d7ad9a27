/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections does policy not allow any more, and are they cut? */
#include <selvage/log.h>
#include <selvage/verdict.h>

#include "reconcile_priv.h"

bool reconcile_closing(const struct reconcile *r)
{
	return r->sweep || r->closed_many || !touched_none(&r->closed);
}

static bool denied(void *ctx, const struct packet *packet)
{
	const struct reconcile *r = ctx;

	return !verdict_beside(r->store, &r->config.overlay, packet).allowed;
}

/* What is addressed to many takes a look at all connections, and waits for what can be found without.
 * 1 if connections are still being looked through, 0 if all were; -1: something stands in the way. */
static int sweep_turn(struct reconcile *r, struct err *err)
{
	if (!r->sweep) {
		if (r->closed_many && touched_none(&r->closed))
			touched_add_all(&r->closed);
		r->closed_many &= !r->closed.all;
		r->swept = mono_now();
		r->sweep = conntrack_new(r->nl, &r->closed, err);
		r->closed = (struct touched){0};
	}
	return r->sweep ? conntrack_run(r->sweep, denied, r, err) : -1;
}

static void sweep_say(struct reconcile *r, const struct conntrack_stats *stats)
{
	if (stats->cut)
		log_info("cut: %zu of %zu connections that policy does not allow any more, %.1f ms", stats->cut,
			 stats->seen, mono_seconds(r->swept, mono_now()) * 1e3);
	if (stats->full && !r->full)
		log_warn("too many connections were cut at once: servers may revive some of them by what they send");
	r->full = stats->full;
}

bool reconcile_cut(struct reconcile *r)
{
	struct err err = {0};
	struct conntrack_stats stats = {0};
	int more = sweep_turn(r, &err);

	if (more > 0)
		return true;
	if (r->sweep)
		stats = conntrack_stats(r->sweep);
	conntrack_free(r->sweep);
	r->sweep = NULL;
	r->cut += stats.cut;
	if (more < 0)
		touched_add_all(&r->closed);
	else
		sweep_say(r, &stats);
	if (more < 0 && !r->uncut)
		log_warn("connections that policy denies now may go on: %s", err.msg);
	r->uncut = more < 0;
	return more == 0;
}
