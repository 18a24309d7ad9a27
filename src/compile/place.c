/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where does a pod sit in the wanted facts? */
#include <string.h>

#include <selvage/atom.h>

#include "base_chains.h"
#include "ending.h"
#include "place.h"

/* Unions, sorted by pointer. */
struct unions_list {
	VEC(struct peers *);
};

/* The element that an address is in a set. */
static struct fact element(const struct ip *ip, const char *set, const char *label)
{
	struct fact fact = {
		.kind = FACT_ELEMENT,
		.name = set,
		.comment = label,
		.element = {.size = (uint8_t)ip_size((enum family)ip->family)},
	};

	memcpy(fact.element.lo, ip->b, sizeof ip->b);
	memcpy(fact.element.hi, ip->b, sizeof ip->b);
	return fact;
}

/* Leaves what is only in the old list, enters what is only in the new one; both are sorted. */
static void seat_switch(const struct ip *ip, const char *label, const struct membership *old,
			const struct membership *new, struct factset *wanted)
{
	size_t i = 0, k = 0;

	while (i < old->n || k < new->n) {
		if (k == new->n || (i < old->n && old->in[i] < new->in[k])) {
			struct fact fact = element(ip, old->in[i++]->set[ip->family], label);

			factset_leave(wanted, &fact);
		} else if (i == old->n || new->in[k] < old->in[i]) {
			struct fact fact = element(ip, new->in[k++]->set[ip->family], label);

			factset_enter(wanted, &fact);
		} else {
			i++;
			k++;
		}
	}
}

/* Moves an address that the pod owns to another membership, whose reference it takes. */
static void seat_set(struct place *place, size_t i, struct membership *take, const struct profiles *profiles)
{
	struct membership *old = place->seats[i];

	if (old != take)
		seat_switch(&place->pod->ips[i], place->label, old, take, profiles->wanted);
	place->seats[i] = take;
	membership_put(profiles->unions, old);
}

/* Leaves all unions; the address is not its any more. */
static void seat_vacate(struct place *place, size_t i, const struct profiles *profiles)
{
	if (!place->seats[i])
		return;
	seat_set(place, i, membership_get(profiles->unions, NULL, 0), profiles);
	membership_put(profiles->unions, place->seats[i]);
	place->seats[i] = NULL;
}

static void seats_vacate(struct place *place, const struct profiles *profiles)
{
	for (size_t i = 0; place->seats && i < place->pod->n_ips; i++)
		seat_vacate(place, i, profiles);
	free(place->seats);
	place->seats = NULL;
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

static void own_free(struct own *own, struct profiles *profiles)
{
	if (!own)
		return;
	for (size_t i = 0; i < own->facts.n; i++)
		factset_del(profiles->wanted, &own->facts.at[i]);
	facts_free(&own->facts);
	for (int d = 0; d < DIRECTION_COUNT; d++)
		profile_put(profiles, own->profile[d]);
	free(own);
}

void place_free(struct place *place, struct profiles *profiles)
{
	seats_vacate(place, profiles);
	own_free(place->own, profiles);
	atom_put(place->label);
	free(place);
}

/* Does the pod own its i-th address, and is that the first time that it is listed? */
static bool owns(const struct store *store, const struct pod *pod, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (ip_cmp(&pod->ips[k], &pod->ips[i]) == 0)
			return false;
	return store_owner(store, &pod->ips[i]) == pod;
}

/* The membership that an address has had; taken over. */
static struct membership *seat_take(struct place *place, const struct ip *ip)
{
	for (size_t i = 0; place->seats && i < place->pod->n_ips; i++) {
		struct membership *seat = place->seats[i];

		if (!seat || ip_cmp(&place->pod->ips[i], ip) != 0)
			continue;
		place->seats[i] = NULL;
		return seat;
	}
	return NULL;
}

void place_move(struct place *place, const struct pod *pod, struct profiles *profiles)
{
	struct membership **seats = mem_new(pod->n_ips, sizeof(struct membership *));

	for (size_t i = 0; i < pod->n_ips; i++) {
		if (!owns(profiles->store, pod, i))
			continue;
		seats[i] = seat_take(place, &pod->ips[i]);
		if (!seats[i])
			seats[i] = membership_get(profiles->unions, NULL, 0);
	}
	seats_vacate(place, profiles);
	place->seats = seats;
	place->pod = pod;
}

void place_facts(const struct place *place, struct facts *out)
{
	for (size_t i = 0; i < place->pod->n_ips; i++) {
		const struct ip *ip = &place->pod->ips[i];

		for (size_t k = 0; place->seats[i] && k < place->seats[i]->n; k++) {
			struct fact fact = element(ip, place->seats[i]->in[k]->set[ip->family], place->label);

			facts_add(out, &fact);
		}
	}
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

/* The unions that an address is in now. */
static void seat_ask(const struct place *place, const struct ip *ip, const struct profiles *profiles,
		     const struct labels *labels, struct unions_list *out)
{
	const struct terms *terms = &profiles->unions->terms;
	const struct term *term = NULL;
	size_t kept = 0;

	vec_clear(out);
	while ((term = terms_walk(terms, place->pod->object.ns, term))) {
		if (!term->users.n || !term_match_ns(term, place->pod->object.ns, labels) ||
		    !term_match_pod(term, place->pod, ip))
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

void place_join(struct place *place, const struct profiles *profiles)
{
	struct labels implied;
	const struct labels *labels = place_ns_labels(profiles->store, place->pod->object.ns, &implied);
	struct unions_list now = {0};

	for (size_t i = 0; i < place->pod->n_ips; i++) {
		if (!place->seats[i])
			continue;
		seat_ask(place, &place->pod->ips[i], profiles, labels, &now);
		seat_set(place, i, membership_get(profiles->unions, now.at, now.n), profiles);
	}
	vec_free(&now);
	labels_fini(&implied);
}

void place_enter(struct place *place, struct peers *peers, const struct term *term, const struct profiles *profiles)
{
	for (size_t i = 0; i < place->pod->n_ips; i++) {
		const struct membership *seat = place->seats[i];

		if (seat && !membership_has(seat, peers) && term_match_pod(term, place->pod, &place->pod->ips[i]))
			seat_set(place, i, membership_with(profiles->unions, seat, peers), profiles);
	}
}

void place_leave(struct place *place, const struct peers *peers, const struct profiles *profiles)
{
	for (size_t i = 0; i < place->pod->n_ips; i++) {
		const struct membership *seat = place->seats[i];

		if (seat && membership_has(seat, peers))
			seat_set(place, i, membership_without(profiles->unions, seat, peers), profiles);
	}
}

void place_subject(struct place *place, struct profiles *profiles)
{
	if (!place->own)
		place->own = mem_new(1, sizeof *place->own);
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		struct profile *old = place->own->profile[d];

		place->own->profile[d] = place->local ? profile_get(profiles, place->pod, (enum direction)d) : NULL;
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
		rule->steps[0] = (struct step){.kind = STEP_PROTO_PORT_MAP, .name = atom_ref(profile->content.ports)};
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
	const char *map = base_map(direction, (enum family)ip->family);
	struct fact fact = element(ip, map, place->label);

	fact.element.action = action;
	facts_add(&place->own->facts, &fact);
	atom_put(map);
}

static const char *chain_name(const struct pod *pod, enum direction direction)
{
	struct digest d;

	digest_init(&d);
	digest_text(&d, pod->object.ns);
	digest_text(&d, pod->object.name);
	return digest_name(&d, direction == DIRECTION_INGRESS ? "in-" : "out-");
}

/* Addresses that a pod owns. */
struct addresses {
	VEC(const struct ip *);
};

static int address_cmp(const void *a, const void *b)
{
	const struct ip *const *x = a, *const *y = b;

	return ip_cmp(*x, *y);
}

static void own_addresses(const struct place *place, struct addresses *out)
{
	for (size_t i = 0; i < place->pod->n_ips; i++)
		if (place->seats[i])
			*vec_add(out) = &place->pod->ips[i];
	vec_sort(out, address_cmp);
}

static void write_direction(struct place *place, enum direction direction, const struct addresses *addresses,
			    const struct compile_config *config)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = chain_name(place->pod, direction)},
		    counter = {.kind = FACT_COUNTER, .name = chain.name, .comment = place->label};

	chain.comment = atom_ref(place->label);
	for (size_t i = 0; i < addresses->n; i++) {
		self_rule(&chain, direction, addresses->at[i]);
		dispatch_element(place, direction, addresses->at[i], (struct action){VERDICT_GOTO, chain.name});
	}
	port_rules(&chain, place->own->profile[direction]);
	ending_write(config, ENDING_POLICY, &chain);
	facts_add(&place->own->facts, &counter);
	facts_add(&place->own->facts, &chain);
	fact_fini(&chain);
}

/*
 * Where unknown pods are closed, a pod that no policy isolates is told apart from them.  In the dispatch map, not in a set
 * that is asked after it: a packet must not find a pod that policies come to isolate in neither.
 */
static void write_open(struct place *place, enum direction direction, const struct addresses *addresses)
{
	for (size_t i = 0; i < addresses->n; i++)
		dispatch_element(place, direction, addresses->at[i], (struct action){.kind = VERDICT_ACCEPT});
}

/* Old and new overlap, so that what they have in common stays. */
void place_write(struct place *place, const struct profiles *profiles)
{
	struct own *own = place->own;
	struct facts old = own->facts;
	struct addresses addresses = {0};

	own->facts = (struct facts){0};
	own_addresses(place, &addresses);
	for (int d = 0; d < DIRECTION_COUNT; d++)
		if (own->profile[d] && addresses.n)
			write_direction(place, (enum direction)d, &addresses, profiles->config);
		else if (place->local && profiles->config->deny_unknown)
			write_open(place, (enum direction)d, &addresses);
	for (size_t i = 0; i < own->facts.n; i++)
		factset_add(profiles->wanted, &own->facts.at[i]);
	for (size_t i = 0; i < old.n; i++)
		factset_del(profiles->wanted, &old.at[i]);
	facts_free(&old);
	vec_free(&addresses);
}
