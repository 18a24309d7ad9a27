/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes everything about a cluster but the fate of some packets, and commits each change by itself. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selvage/atom.h>
#include <selvage/compile.h>
#include <selvage/diff.h>
#include <selvage/mono.h>
#include <selvage/nl.h>
#include <selvage/verdict.h>

#include "../lib/compile_usual.h"
#include "people.h"
#include "slots.h"

static const char usage[] =
	"usage: churn [-f] [-n COMMITS] [-s SEED] [-w MILLISECONDS] NODE DIR allow|deny:FROM,TO,PROTO,PORT... <PEOPLE\n"
	"Commits COMMITS (1000) changes of a cluster, MILLISECONDS (0) apart, to the table of this network namespace, "
	"which\n"
	"is NODE's: labels, ports, pods, namespaces and policies, among them those that decide about the packets of "
	"the\n"
	"arguments, whose fate nevertheless is the same before and after every commit.  Leaves the manifests of the "
	"last\n"
	"state in DIR.  With -f it is the changes of DIR that an agent commits: each is one file, and since an agent "
	"may\n"
	"read files in any order, only those change that decide nothing alone.  PEOPLE are as worldgen has them.\n";

/* What the commits changed. */
struct tally {
	size_t commits, transactions, messages, refused, patches[SLOT_KIND_COUNT];
	size_t add[FACT_KIND_COUNT], del[FACT_KIND_COUNT], change[FACT_KIND_COUNT];
};

struct churn {
	struct people people;
	struct guards guards;
	struct slots slots;
	struct rng rng;
	struct store *store;
	struct compile *compile;
	struct nl *nl; /* NULL: files */
	const char *dir;
	size_t commits;
	unsigned wait_ms;
	struct tally tally;
};

/* What this node alone makes of a ruling; another node decides about its own pods. */
static bool passes(const struct churn *churn, const struct ruling *ruling)
{
	return !ruling->pod || strcmp(ruling->pod->node, churn->slots.node) != 0 || ruling->allowed;
}

static bool guards_hold(const struct churn *churn)
{
	for (size_t i = 0; i < churn->guards.n; i++) {
		const struct guard *guard = &churn->guards.at[i];
		struct verdict verdict = verdict_of(churn->store, &guard->packet);

		if ((passes(churn, &verdict.egress) && passes(churn, &verdict.ingress)) != guard->allowed)
			return false;
	}
	return true;
}

/* Makes the store hold a slot's object, or not if its seed is 0. */
static void slot_apply(struct churn *churn, const struct slot *slot, uint64_t seed)
{
	struct slot any = *slot;
	struct object *object;

	any.seed = seed ? seed : 1;
	object = slot_object(&churn->slots, &any);
	if (seed) {
		store_put(churn->store, object);
		return;
	}
	store_del(churn->store, object->kind, object->ns, object->name);
	object_free(object);
}

/* The same for its file. */
static void slot_write(const struct churn *churn, const struct slot *slot, bool was_there)
{
	struct slot any = *slot;
	struct object *object;

	if (!slot->seed && !was_there)
		return;
	any.seed = slot->seed ? slot->seed : 1;
	object = slot_object(&churn->slots, &any);
	if (slot->seed)
		free(manifest_put(churn->dir, object));
	else
		manifest_del(churn->dir, object);
	object_free(object);
}

/* May an agent see this change without another one that came before it, or the other way round? */
static bool is_free(const struct slot *slot, uint64_t seed)
{
	return slot->kind == SLOT_POLICY || slot->kind == SLOT_REMOTE || slot->kind == SLOT_LOCAL ||
	       (slot->kind == SLOT_PIN && seed);
}

/* What a slot might become: something else, or gone; those of people and namespaces never go. */
static uint64_t next_seed(struct rng *rng, const struct slot *slot)
{
	bool stays = slot->kind == SLOT_POD || slot->kind == SLOT_NAMESPACE;

	if (slot->seed && !stays && rng_one_in(rng, 3))
		return 0;
	if (slot->kind == SLOT_PIN && rng_one_in(rng, 2))
		return 1;
	return rng_next(rng) | 2;
}

/* One change that leaves the guards alone; the slot that it changed. */
static struct slot *step(struct churn *churn)
{
	for (;;) {
		struct slot *slot = &churn->slots.at[rng_below(&churn->rng, (unsigned)churn->slots.n)];
		uint64_t seed = next_seed(&churn->rng, slot);

		if (seed == slot->seed || (!churn->nl && !is_free(slot, seed)))
			continue;
		slot_apply(churn, slot, seed);
		if (guards_hold(churn)) {
			bool was_there = slot->seed;

			slot->seed = seed;
			if (!churn->nl)
				slot_write(churn, slot, was_there);
			return slot;
		}
		churn->tally.refused++;
		slot_apply(churn, slot, slot->seed);
	}
}

static void tally_facts(struct tally *tally, const struct patch *patch)
{
	const struct facts *del = &patch->del, *add = &patch->add;
	size_t h = 0, w = 0;

	while (h < del->n || w < add->n) {
		int order = h == del->n ? 1 : w == add->n ? -1 : fact_cmp(&del->at[h], &add->at[w]);

		if (order == 0)
			tally->change[del->at[h].kind]++;
		else if (order < 0)
			tally->del[del->at[h].kind]++;
		else
			tally->add[add->at[w].kind]++;
		h += order <= 0;
		w += order >= 0;
	}
}

/* One commit to the kernel; false if the change left this node as it was. */
static bool commit(struct churn *churn, enum slot_kind kind)
{
	struct nl_stats stats;
	struct patch patch;
	struct err err = {0};
	bool any;

	compile_update(churn->compile, &patch);
	store_settle(churn->store);
	any = !patch_empty(&patch);
	if (any && nl_write(churn->nl, &patch, &stats, &err))
		errx(2, "commit %zu: %s", churn->tally.commits + 1, err.msg);
	if (any) {
		churn->tally.commits++;
		churn->tally.patches[kind]++;
		churn->tally.transactions += stats.transactions;
		churn->tally.messages += stats.messages;
		tally_facts(&churn->tally, &patch);
	}
	patch_free(&patch);
	return any;
}

static void wait_a_bit(const struct churn *churn)
{
	if (churn->wait_ms)
		usleep(churn->wait_ms * 1000);
}

/* What must change in the kernel for it to hold what is wanted? */
static void kernel_diff(const struct churn *churn, struct patch *out)
{
	struct facts have, want;
	struct err err = {0};
	bool exists;

	if (nl_read(churn->nl, &have, &exists, &err))
		errx(2, "reading back: %s", err.msg);
	compile_facts(churn->compile, &want);
	diff_run(&have, &want, out);
	facts_free(&have);
	facts_free(&want);
}

/* From whatever the kernel holds to the first state. */
static void adopt(struct churn *churn)
{
	struct nl_stats stats;
	struct patch patch;
	struct err err = {0};

	compile_update(churn->compile, &patch);
	store_settle(churn->store);
	patch_free(&patch);
	kernel_diff(churn, &patch);
	if (!patch_empty(&patch) && nl_write(churn->nl, &patch, &stats, &err))
		errx(2, "the first state: %s", err.msg);
	patch_free(&patch);
}

static void run_kernel(struct churn *churn)
{
	adopt(churn);
	puts("started");
	fflush(stdout);
	while (churn->tally.commits < churn->commits)
		if (commit(churn, step(churn)->kind))
			wait_a_bit(churn);
	for (size_t i = 0; i < churn->slots.n; i++)
		slot_write(churn, &churn->slots.at[i], false);
}

static void run_files(struct churn *churn)
{
	for (size_t i = 0; i < churn->slots.n; i++)
		slot_write(churn, &churn->slots.at[i], false);
	puts("started");
	fflush(stdout);
	for (; churn->tally.commits < churn->commits; churn->tally.commits++) {
		churn->tally.patches[step(churn)->kind]++;
		store_settle(churn->store);
		wait_a_bit(churn);
	}
}

/* Does the kernel hold what was committed? */
static void check_kernel(const struct churn *churn)
{
	struct patch patch;

	kernel_diff(churn, &patch);
	if (!patch_empty(&patch))
		errx(1, "the kernel does not hold what was committed: +%zu -%zu facts", patch.add.n, patch.del.n);
	puts("the kernel holds what was committed");
	patch_free(&patch);
}

static void print_tally(const struct tally *tally)
{
	static const char *const kinds[] = {"counters", "sets", "chains", "elements"};

	printf("commits %zu transactions %zu messages %zu refused %zu\n", tally->commits, tally->transactions,
	       tally->messages, tally->refused);
	for (int kind = 0; kind < SLOT_KIND_COUNT; kind++)
		printf("by %s %zu\n", slot_kind_name((enum slot_kind)kind), tally->patches[kind]);
	for (int kind = 0; kind < FACT_KIND_COUNT; kind++)
		printf("%s added %zu deleted %zu changed %zu\n", kinds[kind], tally->add[kind], tally->del[kind],
		       tally->change[kind]);
}

/* The namespace of the pod that has the address, an atom; NULL if it is nobody's. */
static const char *ns_of(const struct people *people, const char *ip)
{
	for (size_t i = 0; i < people->n; i++) {
		const struct person *p = &people->at[i];

		if (person_is_pod(p) && (!strcmp(p->ip[FAMILY_4], ip) || !strcmp(p->ip[FAMILY_6], ip)))
			return atom_n(p->who, strcspn(p->who, "/"));
	}
	return NULL;
}

/* allow|deny:FROM,TO,PROTO,PORT */
static void guard_add(struct churn *churn, const char *text)
{
	char word[8], from[IP_TEXT], to[IP_TEXT], proto[8];
	unsigned port;
	struct guard guard = {0};

	if (sscanf(text, "%7[a-z]:%45[^,],%45[^,],%7[^,],%u", word, from, to, proto, &port) != 5 ||
	    proto_parse(proto) < 0)
		errx(2, "bad packet %s", text);
	guard.allowed = !strcmp(word, "allow");
	guard.packet = (struct packet){ip_of(from), ip_of(to), (uint8_t)proto_parse(proto), (uint16_t)port};
	guard.from_ns = ns_of(&churn->people, from);
	guard.to_ns = ns_of(&churn->people, to);
	*vec_add(&churn->guards) = guard;
}

static void churn_init(struct churn *churn, const char *node)
{
	slots_init(&churn->slots, &churn->people, &churn->guards, node);
	churn->store = store_new();
	for (size_t i = 0; i < churn->slots.n; i++)
		if (churn->slots.at[i].seed)
			slot_apply(churn, &churn->slots.at[i], churn->slots.at[i].seed);
	if (!guards_hold(churn))
		errx(2, "the guards do not hold at the start");
	churn->compile = compile_new_usual(churn->store, node);
}

static void churn_fini(struct churn *churn)
{
	nl_close(churn->nl);
	compile_free(churn->compile);
	store_free(churn->store);
	for (size_t i = 0; i < churn->guards.n; i++) {
		atom_put(churn->guards.at[i].from_ns);
		atom_put(churn->guards.at[i].to_ns);
	}
	vec_free(&churn->guards);
	vec_free(&churn->slots);
	vec_free(&churn->people);
}

static bool read_options(int argc, char **argv, struct churn *churn)
{
	bool files = false;

	for (int c; (c = getopt(argc, argv, "fn:s:w:")) != -1;) {
		switch (c) {
		case 'f':
			files = true;
			break;
		case 'n':
			churn->commits = strtoul(optarg, NULL, 10);
			break;
		case 's':
			churn->rng.state = strtoull(optarg, NULL, 10);
			break;
		case 'w':
			churn->wait_ms = (unsigned)strtoul(optarg, NULL, 10);
			break;
		default:
			optind = argc;
		}
	}
	if (argc - optind < 3) {
		fputs(usage, stderr);
		exit(2);
	}
	return files;
}

int main(int argc, char **argv)
{
	struct churn churn = {.commits = 1000};
	bool files = read_options(argc, argv, &churn);
	struct err err = {0};

	churn.dir = argv[optind + 1];
	people_read(&churn.people);
	for (int i = optind + 2; i < argc; i++)
		guard_add(&churn, argv[i]);
	churn_init(&churn, argv[optind]);
	if (!files && !(churn.nl = nl_open(&err)))
		errx(2, "%s", err.msg);
	if (files) {
		run_files(&churn);
	} else {
		run_kernel(&churn);
		check_kernel(&churn);
	}
	print_tally(&churn.tally);
	churn_fini(&churn);
	return fflush(stdout) ? 2 : 0;
}
