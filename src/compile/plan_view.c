/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets show what a row says? */
#include "plan_parts.h"

/* What a world says of an address. */
struct witness {
	const struct ip *ip;
	struct ruling ruling;
};

static bool is_loss(enum plan_kind kind)
{
	return kind == PLAN_LOST || kind == PLAN_NARROWED;
}

/* Would it make the row that the first world admits and the second does not, or the other way round? */
static bool makes_row(const struct plan_row *row, const struct ruling *before, const struct ruling *after)
{
	return before->allowed != after->allowed && (row->kind == PLAN_NOOP || before->allowed == is_loss(row->kind));
}

static struct ruling ruling_at(const struct plan_view *view, enum reach_world world, const struct ip *peer)
{
	return reach_ruling_at(view->plan->reach, world, view->from, view->to, peer, view->direction, view->proto,
			       view->port);
}

static bool has_ip(const struct reach_ips *ips, const struct ip *ip)
{
	for (size_t i = 0; i < ips->n; i++)
		if (!ip_cmp(&ips->at[i], ip))
			return true;
	return false;
}

/* Are they the same addresses?  Both are in the order of the pod, or of the address space. */
static bool ips_same(const struct reach_ips *a, const struct reach_ips *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (ip_cmp(&a->at[i], &b->at[i]))
			return false;
	return a->n == b->n;
}

/* Fills in what both worlds say, if that makes the row. */
static bool view_try(struct plan_view *view, const struct witness *before, const struct witness *after)
{
	if (!before->ip || !after->ip || !makes_row(view->row, &before->ruling, &after->ruling))
		return false;
	view->peer[REACH_BEFORE] = *before->ip;
	view->peer[REACH_AFTER] = *after->ip;
	view->ruling[REACH_BEFORE] = before->ruling;
	view->ruling[REACH_AFTER] = after->ruling;
	return true;
}

/* An address that both worlds have, of which they say different things. */
static bool find_same(struct plan_view *view, const struct reach_ips ips[static REACH_WORLDS], bool same)
{
	for (size_t i = 0; i < ips[REACH_BEFORE].n; i++) {
		const struct ip *ip = &ips[REACH_BEFORE].at[i];
		struct witness before, after;

		if (!same && !has_ip(&ips[REACH_AFTER], ip))
			continue;
		before = (struct witness){ip, ruling_at(view, REACH_BEFORE, ip)};
		after = (struct witness){ip, ruling_at(view, REACH_AFTER, ip)};
		if (view_try(view, &before, &after))
			return true;
	}
	return false;
}

/* Of each world an address that the other has not, or, if all of them are the other's too, any of them. */
static bool find_moved(struct plan_view *view, const struct reach_ips ips[static REACH_WORLDS])
{
	struct witness found[REACH_WORLDS][2] = {0}; /* denied, admitted */

	for (size_t w = 0; w < REACH_WORLDS; w++)
		for (size_t i = 0; i < ips[w].n; i++) {
			const struct ip *ip = &ips[w].at[i];
			struct ruling ruling = ruling_at(view, (enum reach_world)w, ip);
			struct witness *witness = &found[w][ruling.allowed];

			if (!witness->ip || !has_ip(&ips[!w], ip))
				*witness = (struct witness){ip, ruling};
		}
	return view_try(view, &found[REACH_BEFORE][true], &found[REACH_AFTER][false]) ||
	       view_try(view, &found[REACH_BEFORE][false], &found[REACH_AFTER][true]);
}

/* The view has ends, a direction and a family. */
static bool find_port(struct plan_view *view)
{
	struct reach_ips ips[REACH_WORLDS];
	bool found = false, same;

	for (size_t w = 0; w < REACH_WORLDS; w++)
		reach_peer_ips(view->plan->reach, (enum reach_world)w, view->from, view->to, view->family,
			       view->direction, &ips[w]);
	same = ips_same(&ips[REACH_BEFORE], &ips[REACH_AFTER]);
	for (size_t i = 0; !found && i < view->row->ports.n; i++) {
		view->proto = view->row->ports.at[i].proto;
		view->port = view->row->ports.at[i].lo;
		found = find_same(view, ips, same) || (!same && find_moved(view, ips));
	}
	for (size_t w = 0; w < REACH_WORLDS; w++)
		vec_free(&ips[w]);
	return found;
}

/* It has ends. */
static bool find_change(struct plan_view *view)
{
	static const enum direction directions[] = {DIRECTION_EGRESS, DIRECTION_INGRESS};
	uint8_t families = view->row->families;

	for (size_t w = 0; w < REACH_WORLDS; w++)
		families &= reach_families(view->plan->reach, (enum reach_world)w, view->from, view->to);
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		view->direction = directions[d];
		if (view->row->kind == PLAN_NOOP && view->direction != view->row->direction)
			continue;
		for (int f = 0; f < FAMILY_COUNT; f++) {
			view->family = (enum family)f;
			if (families & 1U << f && find_port(view))
				return true;
		}
	}
	return false;
}

/* It has ends: is there a family in which they are a pair in one world only? */
static bool find_presence(struct plan_view *view)
{
	uint8_t once = view->row->families;

	once &= reach_families(view->plan->reach, REACH_BEFORE, view->from, view->to) ^
		reach_families(view->plan->reach, REACH_AFTER, view->from, view->to);
	view->family = once & 1U << FAMILY_4 ? FAMILY_4 : FAMILY_6;
	return once;
}

/* Is the class not there in one world?  Not if it is pending in both: then its families are those that others have. */
static bool is_absent(const struct plan_view *view, size_t class)
{
	const struct reach_class *at = &view->plan->classes[class];

	return at->ns && (at->families[REACH_BEFORE] ^ at->families[REACH_AFTER]) & 1U << view->family &&
	       !(at->pending[REACH_BEFORE] && at->pending[REACH_AFTER]);
}

/* The same, and it is an end itself that is not there. */
static bool find_absent(struct plan_view *view)
{
	return find_presence(view) && (is_absent(view, view->from) || is_absent(view, view->to));
}

/* Each class once at its end, and with another: it may have no pair with itself. */
static bool find_pair(struct plan_view *view, bool (*find)(struct plan_view *))
{
	const struct plan_classes *from = &view->row->from, *to = &view->row->to;
	size_t most = from->n > to->n ? from->n : to->n;

	for (size_t i = 0; i < 2 * most; i++) {
		view->from = from->at[i / 2 % from->n];
		view->to = to->at[(i / 2 + i % 2) % to->n];
		if (find(view))
			return true;
	}
	return false;
}

void plan_view_find(const struct plan *plan, const struct plan_row *row, struct plan_view *out)
{
	bool found;

	*out = (struct plan_view){.plan = plan, .row = row};
	if (row->before.maybe && row->after.maybe)
		found = find_pair(out, find_change);
	else
		found = find_pair(out, find_absent) || find_pair(out, find_presence);
	if (!found)
		abort();
}
