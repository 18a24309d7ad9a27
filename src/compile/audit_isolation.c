/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is isolated, and who would be?  NP101 ingress-open, NP102 egress-open, NP103 new-pod-open, NP104 isolated-but-open,
 * NP105 hostnetwork-selected. */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "audit_parts.h"

#define NOBODYS_VALUE "selvage.io/no-such-value"

static const char *const open_ids[DIRECTION_COUNT] = {[DIRECTION_INGRESS] = "NP101", [DIRECTION_EGRESS] = "NP102"};

static bool is_isolated(const struct audit_view *view, size_t class, enum direction direction)
{
	size_t n;

	audit_isolating(view, class, direction, &n);
	return n > 0;
}

static void count_isolated(const struct audit_view *view, struct audit_ns *row)
{
	const struct reach_ns *space;

	if (row->index == SIZE_MAX)
		return;
	space = &view->spaces[row->index];
	for (size_t c = space->first; c < space->first + space->n; c++) {
		row->pods += view->classes[c].n;
		for (int d = 0; d < DIRECTION_COUNT; d++)
			if (is_isolated(view, c, (enum direction)d))
				row->isolated[d] += view->classes[c].n;
	}
}

/* A label for each key of which a policy asks the value, with a value that none asks for. */
static void add_strange(const struct selector *selector, struct labels *labels)
{
	for (size_t i = 0; i < selector->n; i++)
		if (selector->at[i].op == SELECTOR_IN || selector->at[i].op == SELECTOR_NOT_IN)
			labels_put(labels, selector->at[i].key, NOBODYS_VALUE);
}

static bool selects_new(const struct audit_view *view, struct audit_span span, enum direction direction,
			const struct labels *labels)
{
	for (size_t i = span.first; i < span.end; i++)
		if (view->policies.at[i]->types[direction] && selector_match(&view->policies.at[i]->pods, labels))
			return true;
	return false;
}

/* Would a pod without labels be isolated, and one whose labels have values that no policy knows? */
static void find_new(const struct audit_view *view, struct audit_ns *row)
{
	struct audit_span span = audit_policies_in(view, row->name);
	const struct labels bare = {0};
	struct labels strange = {0};

	row->policies = span.end - span.first;
	for (size_t i = span.first; i < span.end; i++)
		add_strange(&view->policies.at[i]->pods, &strange);
	for (int d = 0; d < DIRECTION_COUNT; d++)
		row->new_isolated[d] = selects_new(view, span, (enum direction)d, &bare) &&
				       selects_new(view, span, (enum direction)d, &strange);
	labels_fini(&strange);
}

/* NP101, NP102 */
static void check_open(const struct audit_view *view, const struct audit_ns *row, enum direction direction)
{
	struct audit_span span = audit_units_in(view, row->name);
	size_t open = row->pods - row->isolated[direction];
	struct audit_names names = {VEC_EMPTY};
	struct finding *finding;
	char *list;

	if (!open)
		return;
	for (size_t i = span.first; i < span.end; i++)
		if (!is_isolated(view, view->audit->units.at[i].class, direction))
			audit_names_add(&names, view->audit->units.at[i].name);
	list = audit_names_take(&names);
	finding = audit_about_ns(view, open_ids[direction], row->name, "%zu of %zu pod%s %s not isolated for %s: %s",
				 open, row->pods, row->pods == 1 ? "" : "s", open == 1 ? "is" : "are",
				 direction_name(direction), list);
	audit_key(finding, "open");
	free(list);
}

/*
 * NP103.  A namespace in which nothing is isolated is NP101 or NP102; one in which there is nothing at all has nobody who
 * could be surprised.
 */
static void check_new(const struct audit_view *view, const struct audit_ns *row)
{
	bool open[DIRECTION_COUNT];

	for (int d = 0; d < DIRECTION_COUNT; d++)
		open[d] = !row->new_isolated[d] && (row->isolated[d] || (!row->pods && row->policies));
	if (!open[DIRECTION_INGRESS] && !open[DIRECTION_EGRESS])
		return;
	audit_about_ns(view, "NP103", row->name,
		       "a pod that appears now, with labels that no policy selects, is not isolated for %s",
		       !open[DIRECTION_EGRESS]    ? "ingress"
		       : !open[DIRECTION_INGRESS] ? "egress"
						  : "ingress and egress");
}

/* Is every port of every packet between the two open at this end? */
static bool pair_is_open(const struct audit_view *view, size_t class, size_t peer, enum direction direction)
{
	size_t from = direction == DIRECTION_EGRESS ? class : peer, to = direction == DIRECTION_EGRESS ? peer : class;
	uint8_t families = reach_families(view->reach, REACH_BEFORE, from, to);

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct reach_link link;

		if (!(families & 1U << f))
			continue;
		link = reach_ports(view->reach, REACH_BEFORE, from, to, (enum family)f);
		if (!portset_is_all(direction == DIRECTION_EGRESS ? link.egress.open : link.ingress.open))
			return false;
	}
	return true;
}

/* Does what isolates the class admit all the same everyone on every port?  Outside comes first: mostly it is not. */
static bool is_open(const struct audit_view *view, size_t class, enum direction direction)
{
	for (size_t peer = view->n_classes; peer-- > 0;)
		if (!pair_is_open(view, class, peer, direction))
			return false;
	return true;
}

/* NP104 */
static void check_isolated_but_open(const struct audit_view *view, size_t first, size_t end, enum direction direction)
{
	struct audit_names names = {VEC_EMPTY};
	const struct audit_unit *unit = NULL;
	struct finding *finding;
	char *list;

	for (size_t i = first; i < end; i++) {
		const struct audit_unit *at = &view->audit->units.at[i];
		const struct policy *const *policies;
		size_t n;

		policies = audit_isolating(view, at->class, direction, &n);
		if (!n || !is_open(view, at->class, direction))
			continue;
		for (size_t p = 0; !unit && p < n; p++)
			audit_names_add(&names, policies[p]->object.name);
		unit = unit ? unit : at;
	}
	if (!unit)
		return;
	list = audit_names_take(&names);
	finding = audit_about_unit(view, "NP104", unit,
				   "isolated for %s by %s, which together admit everyone on every port",
				   direction_name(direction), list);
	audit_key(finding, "%s", direction_name(direction));
	free(list);
}

static void check_host_pod(const struct audit_view *view, const struct pod *pod, const struct owner *owner)
{
	struct audit_unit unit = {pod->object.ns, owner->kind, owner->name, 0, pod, 1};
	struct audit_span span = audit_policies_in(view, pod->object.ns);
	struct audit_names names = {VEC_EMPTY};
	char *list;

	for (size_t i = span.first; i < span.end; i++)
		if (policy_selects(view->policies.at[i], pod))
			audit_names_add(&names, view->policies.at[i]->object.name);
	if (!names.n)
		return;
	list = audit_names_take(&names);
	audit_about_unit(view, "NP105", &unit, "on the host network, where %s cannot be enforced", list);
	free(list);
}

/* NP105, once for each owner. */
static void check_host_pods(const struct audit_view *view)
{
	struct owner last = {NULL, NULL};
	const char *ns = NULL;

	for (size_t i = 0; i < view->host.n; i++) {
		const struct pod *pod = view->host.at[i];
		struct owner owner = pod_top(view->store, pod);

		if (!owner.name)
			owner = (struct owner){"Pod", pod->object.name};
		audit_row(view, pod->object.ns)->host_pods++;
		if (ns != pod->object.ns || !last.name || strcmp(last.name, owner.name))
			check_host_pod(view, pod, &owner);
		ns = pod->object.ns;
		last = owner;
	}
}

void audit_isolation(const struct audit_view *view)
{
	struct audit *audit = view->audit;

	for (size_t i = 0; i < audit->namespaces.n; i++) {
		struct audit_ns *row = &audit->namespaces.at[i];

		count_isolated(view, row);
		find_new(view, row);
		check_open(view, row, DIRECTION_INGRESS);
		check_open(view, row, DIRECTION_EGRESS);
		check_new(view, row);
		audit->pods += row->pods;
	}
	for (size_t i = 0; i < audit->units.n; i = audit_unit_end(view, i)) {
		check_isolated_but_open(view, i, audit_unit_end(view, i), DIRECTION_INGRESS);
		check_isolated_but_open(view, i, audit_unit_end(view, i), DIRECTION_EGRESS);
	}
	check_host_pods(view);
	audit->host_pods = view->host.n;
	audit->policies = view->policies.n;
}
