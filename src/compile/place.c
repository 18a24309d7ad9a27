/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where does a pod sit in the wanted facts? */
#include <string.h>

#include <selvage/atom.h>

#include "base_chains.h"
#include "ending.h"
#include "place.h"

/* The element that puts a seat into a union. */
static struct fact seat_element(const struct place *place, const struct seat *seat, const struct peers *peers)
{
	struct fact fact = {.kind = FACT_ELEMENT, .name = peers->set[seat->ip.family], .comment = place->label};

	memcpy(fact.element.lo, seat->ip.b, sizeof seat->ip.b);
	memcpy(fact.element.hi, seat->ip.b, sizeof seat->ip.b);
	fact.element.size = (uint8_t)ip_size(seat->ip.family);
	return fact;
}

static void seat_enter(const struct place *place, const struct seat *seat, const struct peers *peers,
		       struct factset *wanted)
{
	struct fact fact = seat_element(place, seat, peers);

	factset_add(wanted, &fact);
}

static void seat_leave(const struct place *place, const struct seat *seat, const struct peers *peers,
		       struct factset *wanted)
{
	struct fact fact = seat_element(place, seat, peers);

	factset_del(wanted, &fact);
}

static void seat_vacate(const struct place *place, struct seat *seat, struct factset *wanted)
{
	for (size_t i = 0; i < seat->in.n; i++)
		seat_leave(place, seat, seat->in.at[i], wanted);
	vec_free(&seat->in);
}

struct place *place_new(const struct pod *pod)
{
	struct place *place = mem_new(1, sizeof *place);
	const char *label = atom_fmt("%s/%s", pod->object.ns, pod->object.name);

	place->pod = pod;
	place->label = fact_comment(label);
	atom_put(label);
	return place;
}

static void own_release(struct place *place, const struct profiles *profiles)
{
	for (size_t i = 0; i < place->facts.n; i++)
		factset_del(profiles->wanted, &place->facts.at[i]);
	facts_free(&place->facts);
}

void place_free(struct place *place, struct profiles *profiles)
{
	for (size_t i = 0; i < place->seats.n; i++)
		seat_vacate(place, &place->seats.at[i], profiles->wanted);
	vec_free(&place->seats);
	own_release(place, profiles);
	for (int d = 0; d < DIRECTION_COUNT; d++)
		profile_put(profiles, place->profile[d]);
	atom_put(place->label);
	free(place);
}

static struct seat *seat_find(struct place *place, const struct ip *ip)
{
	for (size_t i = 0; i < place->seats.n; i++)
		if (ip_cmp(&place->seats.at[i].ip, ip) == 0)
			return &place->seats.at[i];
	return NULL;
}

static bool owns(const struct store *store, const struct pod *pod, const struct ip *ip)
{
	for (size_t i = 0; i < pod->n_ips; i++)
		if (ip_cmp(&pod->ips[i], ip) == 0)
			return store_owner(store, ip) == pod;
	return false;
}

static int seat_cmp(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;

	return ip_cmp(&x->ip, &y->ip);
}

void place_move(struct place *place, const struct pod *pod, struct profiles *profiles)
{
	place->pod = pod;
	for (size_t i = place->seats.n; i-- > 0;) {
		if (owns(profiles->store, pod, &place->seats.at[i].ip))
			continue;
		seat_vacate(place, &place->seats.at[i], profiles->wanted);
		vec_drop(&place->seats, i);
	}
	for (size_t i = 0; i < pod->n_ips; i++)
		if (!seat_find(place, &pod->ips[i]) && store_owner(profiles->store, &pod->ips[i]) == pod)
			/* NOLINTNEXTLINE(clang-analyzer-*): vec_add() makes room */
			*vec_add(&place->seats) = (struct seat){.ip = pod->ips[i]};
	vec_sort(&place->seats, seat_cmp);
}

const struct labels *place_ns_labels(const struct store *store, const char *name, struct labels *implied)
{
	const struct namespace *ns = store_namespace(store, name);

	*implied = (struct labels){0};
	if (ns)
		return &ns->labels;
	labels_put(implied, "kubernetes.io/metadata.name", name);
	return implied;
}

static int pointer_cmp(const void *a, const void *b)
{
	const struct peers *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

/* The unions that an address is in, sorted by pointer. */
static void seat_ask(const struct place *place, const struct seat *seat, const struct profiles *profiles,
		     const struct labels *labels, struct membership *out)
{
	const struct terms *terms = &profiles->unions->terms;
	const struct term *term = NULL;
	size_t kept = 0;

	while ((term = terms_walk(terms, place->pod->object.ns, term))) {
		if (!term->users.n || !term_match_ns(term, place->pod->object.ns, labels) ||
		    !term_match_pod(term, place->pod, &seat->ip))
			continue;
		for (size_t i = 0; i < term->users.n; i++)
			if (term->users.at[i]->refs)
				*vec_add(out) = term->users.at[i];
	}
	vec_sort(out, pointer_cmp);
	for (size_t i = 0; i < out->n; i++)
		if (kept == 0 || out->at[kept - 1] != out->at[i])
			out->at[kept++] = out->at[i];
	out->n = kept;
}

/* Leaves what is only in the old list, enters what is only in the new one. */
static void seat_switch(const struct place *place, struct seat *seat, const struct membership *now,
			struct factset *wanted)
{
	size_t i = 0, k = 0;

	while (i < seat->in.n || k < now->n) {
		struct peers *old = i < seat->in.n ? seat->in.at[i] : NULL, *new = k < now->n ? now->at[k] : NULL;

		if (old == new) {
			i++;
			k++;
		} else if (!new || (old && old < new)) {
			seat_leave(place, seat, old, wanted);
			i++;
		} else {
			seat_enter(place, seat, new, wanted);
			k++;
		}
	}
}

void place_join(struct place *place, const struct profiles *profiles)
{
	struct labels implied;
	const struct labels *labels = place_ns_labels(profiles->store, place->pod->object.ns, &implied);

	for (size_t i = 0; i < place->seats.n; i++) {
		struct seat *seat = &place->seats.at[i];
		struct membership now = {0};

		seat_ask(place, seat, profiles, labels, &now);
		seat_switch(place, seat, &now, profiles->wanted);
		vec_free(&seat->in);
		seat->in = now;
	}
	labels_fini(&implied);
}

/* Where a union is, or would be, among those that a seat is in. */
static size_t seat_seek(const struct seat *seat, const struct peers *peers)
{
	size_t lo = 0, hi = seat->in.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (seat->in.at[mid] < peers)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void place_enter(struct place *place, struct peers *peers, const struct term *term, const struct profiles *profiles)
{
	for (size_t i = 0; i < place->seats.n; i++) {
		struct seat *seat = &place->seats.at[i];
		size_t at = seat_seek(seat, peers);

		if ((at < seat->in.n && seat->in.at[at] == peers) || !term_match_pod(term, place->pod, &seat->ip))
			continue;
		vec_add(&seat->in);
		memmove(&seat->in.at[at + 1], &seat->in.at[at], (seat->in.n - 1 - at) * sizeof *seat->in.at);
		seat->in.at[at] = peers;
		seat_enter(place, seat, peers, profiles->wanted);
	}
}

void place_leave(struct place *place, const struct peers *peers, const struct profiles *profiles)
{
	for (size_t i = 0; i < place->seats.n; i++) {
		struct seat *seat = &place->seats.at[i];
		size_t at = seat_seek(seat, peers);

		if (at == seat->in.n || seat->in.at[at] != peers)
			continue;
		seat->in.n--;
		memmove(&seat->in.at[at], &seat->in.at[at + 1], (seat->in.n - at) * sizeof *seat->in.at);
		seat_leave(place, seat, peers, profiles->wanted);
	}
}

void place_subject(struct place *place, struct profiles *profiles)
{
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		struct profile *old = place->profile[d];

		place->profile[d] = place->local ? profile_get(profiles, place->pod, (enum direction)d) : NULL;
		profile_put(profiles, old);
	}
}

/* "ip saddr ADDR accept": "A Pod cannot block access to itself." */
static void self_rule(struct fact *chain, enum direction direction, const struct ip *ip)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = (struct step){
		.kind = STEP_ADDR_IS,
		.source = direction == DIRECTION_INGRESS,
		.addr = {.addr = *ip, .bits = (uint8_t)(ip_size(ip->family) * 8)},
	};
	rule->steps[1] = (struct step){.kind = STEP_ACTION, .action.kind = VERDICT_ACCEPT};
	rule->n = 2;
}

/* The lookups in a profile's maps, and what holds where no port is named. */
static void port_rules(struct fact *chain, const struct profile *profile)
{
	struct chain_rule *rule;

	if (profile->content.ports) {
		rule = fact_add_rule(chain);
		rule->steps[0] = (struct step){.kind = STEP_PROTO_PORT_MAP, .name = atom_ref(profile->map)};
		rule->n = 1;
	}
	for (size_t i = 0; i < PROFILE_PROTOS; i++) {
		if (!profile->content.range[i])
			continue;
		rule = fact_add_rule(chain);
		rule->steps[0] = (struct step){.kind = STEP_PROTO, .number = profile_protos[i]};
		rule->steps[1] = (struct step){.kind = STEP_PORT_MAP, .name = atom_ref(profile->content.range[i])};
		rule->n = 2;
	}
	if (profile->content.any.kind != VERDICT_CONTINUE) {
		rule = fact_add_rule(chain);
		rule->steps[0] = (struct step){.kind = STEP_ACTION, .action = profile->content.any};
		atom_ref(profile->content.any.chain);
		rule->n = 1;
	}
}

/* What becomes of packets from (egress) or to (ingress) one of the pod's addresses. */
static void dispatch_element(struct place *place, enum direction direction, const struct ip *ip, struct action action)
{
	struct fact fact = {
		.kind = FACT_ELEMENT,
		.name = base_map(direction, ip->family),
		.comment = place->label,
		.element = {.size = (uint8_t)ip_size(ip->family), .action = action},
	};

	memcpy(fact.element.lo, ip->b, sizeof ip->b);
	memcpy(fact.element.hi, ip->b, sizeof ip->b);
	facts_add(&place->facts, &fact);
	atom_put(fact.name);
}

static const char *chain_name(const struct pod *pod, enum direction direction)
{
	struct digest d;

	digest_init(&d);
	digest_text(&d, pod->object.ns);
	digest_text(&d, pod->object.name);
	return digest_name(&d, direction == DIRECTION_INGRESS ? "in-" : "out-");
}

static void write_direction(struct place *place, enum direction direction, const struct compile_config *config)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = chain_name(place->pod, direction)},
		    counter = {.kind = FACT_COUNTER, .name = chain.name, .comment = place->label};

	chain.comment = atom_ref(place->label);
	for (size_t i = 0; i < place->seats.n; i++) {
		self_rule(&chain, direction, &place->seats.at[i].ip);
		dispatch_element(place, direction, &place->seats.at[i].ip, (struct action){VERDICT_GOTO, chain.name});
	}
	port_rules(&chain, place->profile[direction]);
	ending_write(config, ENDING_POLICY, &chain);
	facts_add(&place->facts, &counter);
	facts_add(&place->facts, &chain);
	fact_fini(&chain);
}

/*
 * Where unknown pods are closed, a pod that no policy isolates is told apart from them.  In the dispatch map, not in a set
 * that is asked after it: a packet must not find a pod that policies come to isolate in neither.
 */
static void write_open(struct place *place, enum direction direction)
{
	for (size_t i = 0; i < place->seats.n; i++)
		dispatch_element(place, direction, &place->seats.at[i].ip, (struct action){.kind = VERDICT_ACCEPT});
}

/* Old and new overlap, so that what they have in common stays. */
void place_write(struct place *place, const struct profiles *profiles)
{
	struct facts old = place->facts;

	place->facts = (struct facts){0};
	for (int d = 0; d < DIRECTION_COUNT; d++)
		if (place->profile[d] && place->seats.n)
			write_direction(place, (enum direction)d, profiles->config);
		else if (place->local && profiles->config->deny_unknown)
			write_open(place, (enum direction)d);
	for (size_t i = 0; i < place->facts.n; i++)
		factset_add(profiles->wanted, &place->facts.at[i]);
	for (size_t i = 0; i < old.n; i++)
		factset_del(profiles->wanted, &old.at[i]);
	facts_free(&old);
}
