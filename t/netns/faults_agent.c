/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does an agent answer to what happens: one that minds every error, and one that minds none? */
#include <poll.h>
#include <stdlib.h>

#include <selvage/compile.h>
#include <selvage/log.h>
#include <selvage/mem.h>
#include <selvage/nl.h>
#include <selvage/reconcile.h>
#include <selvage/store.h>

#include "faults_agent.h"
#include "inject.h"

/* The real one. */
static void *real_open(bool shared, struct sink *sink)
{
	struct reconcile_config config = {.compile.node = FAULTS_NODE, .shared = shared};
	struct err err;
	struct reconcile *r = reconcile_new(&config, &err);

	if (r)
		*sink = reconcile_sink(r);
	return r;
}

static void real_close(void *agent)
{
	reconcile_free(agent);
}

/* As the loop does: as long as there is something to hear. */
static void real_hear(void *agent)
{
	struct pollfd wait = {.fd = reconcile_fd(agent), .events = POLLIN};

	while (poll(&wait, 1, 0) > 0)
		reconcile_heard(agent);
}

/* As the loop does: in time, what it left is removed. */
static bool real_turn(void *agent)
{
	bool done = reconcile_turn(agent);

	inject_wait(reconcile_lingers(agent));
	return done && reconcile_settle(agent);
}

static void real_cut(void *agent)
{
	reconcile_cut(agent);
}

static const char *real_unready(void *agent)
{
	return reconcile_unready(agent);
}

/* Known bad: one that looks at no error. */
struct careless {
	struct store *store;
	struct compile *compile;
	struct nl *nl;
};

static void careless_put(void *ctx, struct object *take)
{
	store_put(((struct careless *)ctx)->store, take);
}

static void careless_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	store_del(((struct careless *)ctx)->store, kind, ns, name);
}

static void no_problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	(void)problem;
}

static void *careless_open(bool shared, struct sink *sink)
{
	struct careless *c = mem_new(1, sizeof *c);
	struct err err;

	(void)shared;
	c->nl = nl_open(&err);
	if (!c->nl) {
		free(c);
		return NULL;
	}
	c->store = store_new();
	c->compile = compile_new(c->store, &(struct compile_config){.node = FAULTS_NODE});
	*sink = (struct sink){.put = careless_put, .del = careless_del, .problem = no_problem, .ctx = c};
	return c;
}

static void careless_close(void *agent)
{
	struct careless *c = agent;

	compile_free(c->compile);
	store_free(c->store);
	nl_close(c->nl);
	free(c);
}

static void careless_hear(void *agent)
{
	(void)agent;
}

static void careless_cut(void *agent)
{
	(void)agent;
}

static bool careless_turn(void *agent)
{
	struct careless *c = agent;
	struct nl_stats stats;
	struct patch patch;
	struct err err;

	compile_update(c->compile, &patch);
	store_settle(c->store);
	if (nl_write(c->nl, &patch, &stats, &err))
		log_debug("%s", err.msg);
	inject_wait(NL_LINGER_MS);
	if (nl_settle(c->nl, &stats, &err))
		log_debug("%s", err.msg);
	patch_free(&patch);
	return true;
}

static const char *careless_unready(void *agent)
{
	(void)agent;
	return NULL;
}

const struct kind kind_real = {real_open, real_close, real_hear, real_cut, real_turn, real_unready},
		  kind_careless = {careless_open, careless_close, careless_hear,
				   careless_cut,  careless_turn,  careless_unready};
