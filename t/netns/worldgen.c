/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random clusters of t/law around the pods of a lab: writes manifests, and the questions to ask about them. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../law/world.h"
#include "people.h"

#define ERAS 3      /* each object stays as it is for so many worlds in a row */
#define POLICIES 12 /* some have the same name: the last counts */
#define GHOSTS 4    /* pods that are in the files only */
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PICK(rng, array) ((array)[rng_below(rng, COUNT(array))])

static const char usage[] =
	"usage: worldgen WORLD DIR QUESTIONS EACH <PEOPLE\n"
	"Makes DIR hold the manifests of world number WORLD: files that are no part of it are removed, others appear "
	"at\n"
	"once and complete.  Writes QUESTIONS.probe for probe and QUESTIONS.json for `selvage explain --batch`: for "
	"every\n"
	"two people, of whom one is a pod, and each family, EACH questions.  PEOPLE are lines\n"
	"  WHO NETNS IPV4 IPV6 NODE IPV4-SEEN IPV6-SEEN\n"
	"a pod's WHO is NAMESPACE/NAME, NODE is - of nobody's node, and SEEN is what other nodes see the sender as.\n";

struct worldgen {
	struct people people;
	VEC(char *) files; /* what the directory shall hold */
	const char *dir;
	uint64_t world;
};

/* Randomness of an object: the same for ERAS worlds in a row, and not all objects change in the same world. */
static struct rng slot_rng(const struct worldgen *gen, const char *kind, uint64_t number)
{
	struct rng rng = {(gen->world + number) / ERAS * UINT64_C(1000003) + number};

	for (const char *c = kind; *c; c++)
		rng.state = rng.state * 31 + (unsigned char)*c;
	rng_next(&rng);
	return rng;
}

/* Writes an object, which it takes. */
static void put_object(struct worldgen *gen, struct object *take)
{
	*vec_add(&gen->files) = manifest_put(gen->dir, take);
	object_free(take);
}

static void put_pod(struct worldgen *gen, const struct person *p, uint64_t number)
{
	struct rng rng = slot_rng(gen, "pod", number);

	put_object(gen, person_named_pod(&gen->people, p, &rng));
}

/* A pod that is not in the lab: it had the address of one that is, or has one that nobody uses. */
static void put_ghost(struct worldgen *gen, uint64_t number)
{
	struct rng rng = slot_rng(gen, "ghost", number);
	const struct person *p = &gen->people.at[rng_below(&rng, (unsigned)gen->people.n)];
	struct pod *pod;
	char name[32];

	if (!person_is_pod(p) || rng_one_in(&rng, 4))
		return;
	pod = person_pod(&gen->people, p, &rng);
	snprintf(name, sizeof name, "ghost%" PRIu64, number);
	text_set(&pod->object.name, name);
	switch (rng_below(&rng, 4)) {
	case 0:
		pod->finished = true;
		pod->created = CREATED + 1;
		break;
	case 1:
		pod->created = CREATED - 1;
		break;
	case 2:
		pod->terminating = true;
		pod->created = CREATED + 1;
		break;
	default:
		pod->ips[FAMILY_4].b[3] = (uint8_t)(200 + number);
		pod->ips[FAMILY_6].b[15] = (uint8_t)(200 + number);
	}
	put_object(gen, &pod->object);
}

/* Blocks that speak of a world's made-up addresses speak of the lab's. */
static void move_block(struct cidr *block)
{
	struct ip lab = ip_of("fd00:10:244:1::");

	if (block->addr.family == FAMILY_4) {
		if (block->bits > 16 && block->addr.b[0] == 10)
			block->addr.b[2] = 1;
	} else if (block->bits >= 64 && block->addr.b[0] == 0xfd) {
		memcpy(block->addr.b, lab.b, sizeof lab.b);
		block->addr.b[15] = block->bits == 128 ? 2 : 0;
	}
}

static void put_policy(struct worldgen *gen, uint64_t number)
{
	struct rng rng = slot_rng(gen, "policy", number);
	struct policy *policy = (struct policy *)(void *)world_policy(&rng);

	for (size_t i = 0; i < policy->n_rules; i++) {
		for (size_t j = 0; j < policy->rules[i].n_peers; j++) {
			struct peer *peer = &policy->rules[i].peers[j];

			move_block(&peer->block);
			for (size_t k = 0; k < peer->n_except; k++)
				move_block(&peer->except[k]);
		}
	}
	put_object(gen, &policy->object);
}

static void put_world(struct worldgen *gen)
{
	struct rng rng = {gen->world};

	for (uint64_t i = 0; i < gen->people.n; i++)
		if (person_is_pod(&gen->people.at[i]))
			put_pod(gen, &gen->people.at[i], i);
	for (uint64_t i = 0; i < GHOSTS; i++)
		put_ghost(gen, i);
	for (uint64_t i = 0; i < 3; i++) {
		struct rng ns = slot_rng(gen, "namespace", i);

		put_object(gen, world_namespace(&ns));
	}
	for (uint64_t i = rng_below(&rng, POLICIES / 2); i < POLICIES; i++)
		put_policy(gen, i);
}

static bool wanted(const struct worldgen *gen, const char *file)
{
	for (size_t i = 0; i < gen->files.n; i++)
		if (!strcmp(gen->files.at[i], file))
			return true;
	return *file == '.';
}

static void remove_rest(const struct worldgen *gen)
{
	DIR *dir = opendir(gen->dir);
	const struct dirent *entry;

	if (!dir)
		err(2, "%s", gen->dir);
	while ((entry = readdir(dir)))
		if (!wanted(gen, entry->d_name) && unlinkat(dirfd(dir), entry->d_name, 0))
			err(2, "%s/%s", gen->dir, entry->d_name);
	closedir(dir);
}

struct output {
	FILE *probe, *json;
};

static FILE *open_output(const char *prefix, const char *suffix)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof path, "%s.%s", prefix, suffix);
	file = fopen(path, "we");
	if (!file)
		err(2, "%s", path);
	return file;
}

/* What the receiver's node takes the sender for. */
static const char *sender(const struct person *from, const struct person *to, int family)
{
	return strcmp(from->node, to->node) ? from->seen[family] : from->ip[family];
}

static void ask(const struct output *out, const struct person *from, const struct person *to, int family,
		const char *proto, unsigned port)
{
	fprintf(out->probe, "%s %s %s %s %s %u\n", from->netns, from->ip[family], to->netns, to->ip[family], proto,
		port);
	fprintf(out->json, "{\"from\":\"%s\",\"to\":\"%s\",\"proto\":\"%s\",\"port\":%u}\n", sender(from, to, family),
		to->ip[family], proto, port);
}

static void ask_pair(struct rng *rng, const struct output *out, const struct person *from, const struct person *to,
		     unsigned each)
{
	static const char *const protos[] = {"tcp", "udp", "sctp"};
	static const unsigned ports[] = {53, 80, 81, 8080};

	for (int family = 0; family < FAMILY_COUNT; family++) {
		ask(out, from, to, family, "icmp", 0);
		for (unsigned i = 1; i < each; i++) {
			unsigned port = PICK(rng, ports);

			port += rng_one_in(rng, 3) ? rng_below(rng, 42) - 1 : 0;
			ask(out, from, to, family, PICK(rng, protos), port);
		}
	}
}

static void ask_all(const struct worldgen *gen, const char *prefix, unsigned each)
{
	struct output out = {open_output(prefix, "probe"), open_output(prefix, "json")};
	struct rng rng = {~gen->world};

	for (size_t i = 0; i < gen->people.n; i++)
		for (size_t j = 0; j < gen->people.n; j++)
			if (person_is_pod(&gen->people.at[i]) || person_is_pod(&gen->people.at[j]))
				ask_pair(&rng, &out, &gen->people.at[i], &gen->people.at[j], each);
	if (fclose(out.probe) || fclose(out.json))
		err(2, "%s", prefix);
}

int main(int argc, char **argv)
{
	struct worldgen gen = {0};

	if (argc != 5) {
		fputs(usage, stderr);
		return 2;
	}
	gen.world = strtoull(argv[1], NULL, 0);
	gen.dir = argv[2];
	people_read(&gen.people);
	put_world(&gen);
	remove_rest(&gen);
	ask_all(&gen, argv[3], (unsigned)strtoul(argv[4], NULL, 0));
	for (size_t i = 0; i < gen.files.n; i++)
		free(gen.files.at[i]);
	vec_free(&gen.files);
	vec_free(&gen.people);
	return 0;
}
