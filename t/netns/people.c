/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would the API say of those who are in the lab? */
#include "people.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selvage/atom.h>
#include <selvage/object_json.h>

#include "../law/world.h"

void people_read(struct people *people)
{
	struct person p;

	while (scanf("%255s %255s %45s %45s %63s %45s %45s", p.who, p.netns, p.ip[FAMILY_4], p.ip[FAMILY_6], p.node,
		     p.seen[FAMILY_4], p.seen[FAMILY_6]) == 7)
		*vec_add(people) = p;
	if (!feof(stdin) || !people->n)
		errx(2, "bad people on standard input");
}

bool person_is_pod(const struct person *person)
{
	return strchr(person->who, '/');
}

struct ip ip_of(const char *text)
{
	struct err err;
	struct ip ip;

	if (ip_parse(text, &ip, &err))
		errx(2, "%s", err.msg);
	return ip;
}

void text_set(const char **at, const char *text)
{
	atom_put(*at);
	*at = atom(text);
}

static void ips_set(const char text[static FAMILY_COUNT][IP_TEXT], struct ip **ips, size_t *n)
{
	free(*ips);
	*ips = mem_new(FAMILY_COUNT, sizeof **ips);
	*n = FAMILY_COUNT;
	for (int f = 0; f < FAMILY_COUNT; f++)
		(*ips)[f] = ip_of(text[f]);
}

struct pod *person_pod(const struct people *people, const struct person *person, struct rng *rng)
{
	struct pod *pod = (struct pod *)(void *)world_pod(rng);

	text_set(&pod->node, person->node);
	ips_set(person->ip, &pod->ips, &pod->n_ips);
	pod->host_network = pod->finished = pod->terminating = false;
	pod->created = CREATED;
	for (size_t i = 0; i < people->n; i++)
		if (!person_is_pod(&people->at[i]) && !strcmp(people->at[i].node, person->node))
			ips_set(people->at[i].ip, &pod->host_ips, &pod->n_host_ips);
	return pod;
}

struct object *person_named_pod(const struct people *people, const struct person *person, struct rng *rng)
{
	struct pod *pod = person_pod(people, person, rng);
	const char *slash = strchr(person->who, '/');

	atom_put(pod->object.ns);
	pod->object.ns = atom_n(person->who, (size_t)(slash - person->who));
	text_set(&pod->object.name, slash + 1);
	return &pod->object;
}

static char *file_name(const struct object *object)
{
	char *name;

	if (asprintf(&name, "%s-%s.%s.json", object_kind_name(object->kind), object->ns ? object->ns : "",
		     object->name) < 0)
		abort();
	return name;
}

static char *path_of(const char *dir, const char *hide, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s%s", dir, hide, name) < 0)
		abort();
	return path;
}

char *manifest_put(const char *dir, const struct object *object)
{
	char *name = file_name(object), *hidden = path_of(dir, ".", name), *path = path_of(dir, "", name);
	json_t *json = object_json(object);

	if (json_dump_file(json, hidden, JSON_INDENT(1)) || rename(hidden, path))
		err(2, "%s", path);
	json_decref(json);
	free(hidden);
	free(path);
	return name;
}

void manifest_del(const char *dir, const struct object *object)
{
	char *name = file_name(object), *path = path_of(dir, "", name);

	if (unlink(path))
		err(2, "%s", path);
	free(path);
	free(name);
}
