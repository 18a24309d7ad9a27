/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the machine and its Node object tell of the node, and do they agree? */
#include <stdio.h>
#include <string.h>

#include <selvage/host.h>
#include <selvage/log.h>

#include "reconcile_priv.h"

#define CIDRS_TEXT ((size_t)512)

static void cidrs_print(const struct cidrs *cidrs, char out[static CIDRS_TEXT])
{
	char ip[IP_TEXT];
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < cidrs->n; i++)
		n += (size_t)snprintf(out + n, CIDRS_TEXT - n, "%s%s/%u", i ? "," : "",
				      ip_print(&cidrs->at[i].addr, ip), cidrs->at[i].bits);
}

/* Do both tell of a family, and not the same? */
static bool disagree(const struct cidrs *a, const struct cidrs *b)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct cidrs x = cidrs_of(a, (enum family)f), y = cidrs_of(b, (enum family)f);

		if (x.n && y.n && !cidrs_eq(&x, &y))
			return true;
	}
	return false;
}

static void say_sources(const struct reconcile *r, const struct cidrs *cidrs)
{
	char all[CIDRS_TEXT], node[CIDRS_TEXT], flannel[CIDRS_TEXT], sources[CIDRS_TEXT];

	if (!r->config.deny_unknown)
		return;
	cidrs_print(cidrs, all);
	host_sources(r, sources, sizeof sources);
	log_info("unknown pods are closed in %s, by %s", all, sources);
	if (!disagree(&r->by_node, &r->by_flannel))
		return;
	cidrs_print(&r->by_node, node);
	cidrs_print(&r->by_flannel, flannel);
	log_warn("the Node object says that pods of this node get their addresses from %s, and %s says %s: both are "
		 "closed",
		 node, r->flannel, flannel);
}

/* All that anybody tells: what is closed too much is better than what is open. */
static struct cidrs cidrs_all(const struct reconcile *r)
{
	struct cidrs all = r->by_flannel;
	struct err err = {0};

	for (size_t i = 0; i < r->by_node.n; i++)
		if (cidrs_add(&all, &r->by_node.at[i], &err))
			log_error("the prefixes of this node's pods are too many, and one is open: %s", err.msg);
	return all;
}

/* True if it is news where pods get their addresses.  What is told replaces what was told before; what nobody tells any more
 * stays. */
static bool look_cidrs(struct reconcile *r)
{
	struct cidrs was = r->by_flannel, all;
	bool heard = r->node_heard;

	if (r->named)
		return false;
	if (r->flannel)
		host_cidrs(r->flannel, &r->by_flannel);
	r->node_heard = false;
	if (!heard && cidrs_eq(&was, &r->by_flannel))
		return false;
	all = cidrs_all(r);
	say_sources(r, &all);
	if (cidrs_eq(&all, &r->config.pod_cidrs))
		return false;
	r->config.pod_cidrs = all;
	return true;
}

static bool look_ipvs(struct reconcile *r)
{
	if (r->config.ipvs || !r->ipvs || !host_ipvs(r->ipvs))
		return false;
	log_info("IPVS is there: what it hands on is policed as what is forwarded");
	r->config.ipvs = true;
	return true;
}

void host_look(struct reconcile *r)
{
	bool cidrs = look_cidrs(r), ipvs = look_ipvs(r);

	if (!cidrs && !ipvs)
		return;
	compile_found(r->compile, &r->config.pod_cidrs, r->config.ipvs);
	if (r->shadow)
		shadow_found(r->shadow, r->config.ipvs);
	r->found = true;
	if (!r->keep)
		touched_add_all(&r->closed);
}

const char *reconcile_asks(const struct reconcile *r)
{
	return r->config.deny_unknown && !r->named ? r->node : NULL;
}

void reconcile_node(struct reconcile *r, const struct cidrs *cidrs, const char *why)
{
	if (cidrs) {
		r->by_node = *cidrs;
		r->node_heard = true;
		*r->node_why.msg = '\0';
		return;
	}
	if (!strcmp(r->node_why.msg, why))
		return;
	err_set(&r->node_why, ERR_ABSENT, "%s", why);
	log_info("the Node object does not tell where pods of this node get their addresses: %s", why);
}

void host_sources(const struct reconcile *r, char *out, size_t size)
{
	bool both = r->by_node.n && r->by_flannel.n;

	snprintf(out, size, "%s%s%s%s", r->named ? "--pod-cidr" : "", r->by_node.n ? "the Node object" : "",
		 both ? " and " : "", r->by_flannel.n ? r->flannel : "");
}

int unknown_check(const struct reconcile *r, struct err *err)
{
	const char *why = r->node_why.msg;

	if (!r->config.deny_unknown || r->config.pod_cidrs.n)
		return 0;
	return err_set(err, ERR_ABSENT,
		       "unknown pods are to be closed, and nothing tells which addresses pods of this node have: "
		       "neither --pod-cidr nor %s%s%s%s",
		       r->flannel ? r->flannel : "Flannel", *why ? " nor the Node object (" : "", why, *why ? ")" : "");
}
