/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where does what input reads go? */
#include <selvage/log.h>
#include <selvage/shadow.h>

#include "flaws.h"
#include "reconcile_priv.h"

static void sink_put(void *ctx, struct object *take)
{
	struct reconcile *r = ctx;

	reconcile_arrival(r, mono_now());
	if (r->sticky)
		sticky_put(r->sticky, take);
	else
		store_put(r->store, take);
}

static void sink_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	struct reconcile *r = ctx;

	reconcile_arrival(r, mono_now());
	if (r->sticky)
		sticky_del(r->sticky, kind, ns, name);
	else
		store_del(r->store, kind, ns, name);
}

static void sink_problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	if (problem->source.file)
		log_error("%s:%u:%u: %s", problem->source.file, problem->source.line, problem->source.col,
			  problem->message);
	else
		log_error("%s", problem->message);
}

/* Says what is wrong with an object when that is news, and that nothing is any more. */
static void sink_flaws(void *ctx, enum object_kind kind, const char *ns, const char *name,
		       const struct problem *problems, size_t n)
{
	struct reconcile *r = ctx;

	if (!flaws_set(&r->flaws, kind, ns, name, problems, n))
		return;
	for (size_t i = 0; i < n; i++)
		sink_problem(r, &problems[i]);
	if (!n)
		log_info("%s %s%s%s: nothing is wrong with it any more, or it is gone", object_kind_name(kind),
			 ns ? ns : "", ns ? "/" : "", name);
}

struct sink reconcile_sink(struct reconcile *r)
{
	return (struct sink){.put = sink_put, .del = sink_del, .problem = sink_problem, .ctx = r, .flaws = sink_flaws};
}

/* Pods are where they are: of what may change, only policies can be tried out on their packets. */
static void shadow_sink_put(void *ctx, struct object *take)
{
	struct reconcile *r = ctx;

	if (take->kind == OBJECT_POLICY) {
		shadow_put(r->shadow, take);
		return;
	}
	log_info("shadow: %s %s%s%s is passed over, as only policies can be proposed", object_kind_name(take->kind),
		 take->ns ? take->ns : "", take->ns ? "/" : "", take->name);
	object_free(take);
}

static void shadow_sink_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	struct reconcile *r = ctx;

	if (kind == OBJECT_POLICY)
		shadow_del(r->shadow, ns, name);
}

static void shadow_sink_problem(void *ctx, const struct problem *problem)
{
	const struct source *at = &problem->source;

	(void)ctx;
	if (at->file)
		log_warn("shadow: %s:%u:%u: %s", at->file, at->line, at->col, problem->message);
	else
		log_warn("shadow: %s", problem->message);
}

struct sink reconcile_shadow_sink(struct reconcile *r)
{
	return (struct sink){.put = shadow_sink_put, .del = shadow_sink_del, .problem = shadow_sink_problem, .ctx = r};
}
