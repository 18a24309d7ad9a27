/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom does the user mean? */
#include "end.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#define WORD 400 /* bytes of a namespace, kind or name */
#define NAMES_MAX 512

/* "NS/KIND/NAME" taken apart. */
struct name {
	char ns[WORD], kind[WORD], name[WORD];
};

static char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *format(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	return text;
}

void end_fini(struct end *end)
{
	for (size_t i = 0; i < end->spots.n; i++)
		free(end->spots.at[i].unknown);
	vec_free(&end->spots);
	free(end->name);
	free(end->via);
	*end = (struct end){0};
}

int end_absent(const struct store *store, enum object_kind kind, const char *ns, const char *name, struct err *err)
{
	const char *names[NAMES_MAX], *nearest, *word = object_kind_name(kind);
	const struct object *o = NULL;
	size_t n = 0;

	while (n < NAMES_MAX && (o = store_walk(store, kind, o)))
		if (strcmp(o->ns, ns) == 0)
			names[n++] = o->name;
	nearest = text_nearest(name, names, n);
	if (!nearest)
		return err_set(err, ERR_ABSENT, "there is no %s %s/%s", word, ns, name);
	return err_set(err, ERR_ABSENT, "there is no %s %s/%s; did you mean %s/%s?", word, ns, name, ns, nearest);
}

static bool has_family(const struct spots *spots, size_t from, uint8_t family)
{
	for (size_t i = from; i < spots->n; i++)
		if (spots->at[i].at.lo.family == family)
			return true;
	return false;
}

void end_add_pod(const struct store *store, const struct pod *pod, uint16_t port, struct spots *spots)
{
	size_t first = spots->n;
	const char *why = "its addresses belong to a newer pod";

	for (size_t i = 0; i < pod->n_ips && !pod->finished; i++) {
		const struct ip *ip = &pod->ips[i];

		if (!pod->host_network && store_owner(store, ip) != pod)
			continue;
		if (!has_family(spots, first, ip->family))
			*vec_add(spots) = (struct spot){{*ip, *ip}, pod, port, NULL};
	}
	if (spots->n > first)
		return;
	if (pod->finished)
		why = "it has finished: it has no address any more";
	else if (pod->n_ips == 0)
		why = "it has no address yet";
	*vec_add(spots) = (struct spot){.pod = pod, .port = port, .unknown = format("%s", why)};
}

static int find_pod(const struct end_query *query, const char *ns, const char *name, struct end *out, struct err *err)
{
	const struct object *pod = store_find(query->store, OBJECT_POD, ns, name), *service;

	if (pod) {
		out->kind = END_POD;
		out->name = format("%s/%s", ns, name);
		end_add_pod(query->store, (const struct pod *)(const void *)pod, query->port, &out->spots);
		return 0;
	}
	service = query->receiver ? store_find(query->store, OBJECT_SERVICE, ns, name) : NULL;
	if (service)
		return end_service(query, (const struct service *)(const void *)service, out, err);
	return end_absent(query->store, OBJECT_POD, ns, name, err);
}

static int find_service(const struct end_query *query, const char *ns, const char *name, struct end *out,
			struct err *err)
{
	const struct object *service = store_find(query->store, OBJECT_SERVICE, ns, name);

	if (!query->receiver)
		return err_set(err, ERR_INPUT, "service %s/%s sends nothing: a Service can only be the receiver", ns,
			       name);
	if (!service)
		return end_absent(query->store, OBJECT_SERVICE, ns, name, err);
	return end_service(query, (const struct service *)(const void *)service, out, err);
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcasecmp(word, a) == 0 || strcasecmp(word, b) == 0 || strcasecmp(word, c) == 0;
}

static int find_named(const struct end_query *query, const struct name *name, struct end *out, struct err *err)
{
	const char *ns = *name->ns ? name->ns : query->ns;
	int kind = end_workload_kind(name->kind);

	if (!*name->kind || is_one_of(name->kind, "pod", "pods", "po"))
		return find_pod(query, ns, name->name, out, err);
	if (is_one_of(name->kind, "service", "services", "svc"))
		return find_service(query, ns, name->name, out, err);
	if (kind >= 0)
		return end_workload(query, (enum object_kind)kind, ns, name->name, out, err);
	return err_set(err, ERR_INPUT,
		       "\"%s\" is no kind of workload; there are pod, deploy, sts, ds, rs, rc, job, cj and svc",
		       name->kind);
}

/* Is the first of two words a kind ("deploy/web"), not a namespace? */
static bool is_kind(const char *word)
{
	return end_workload_kind(word) >= 0 || is_one_of(word, "pod", "pods", "po") ||
	       is_one_of(word, "service", "services", "svc");
}

static int cut_words(const char *text, struct name *out, struct err *err)
{
	char words[3][WORD] = {"", "", ""};
	size_t n = 0;

	*out = (struct name){0};
	for (const char *at = text;; n++) {
		size_t length = strcspn(at, "/");

		if (n == 3)
			return err_set(err, ERR_INPUT, "\"%s\" has too many slashes", text);
		if (length == 0 || length >= WORD)
			return err_set(err, ERR_INPUT, length ? "a name is too long" : "an endpoint is empty");
		memcpy(words[n], at, length);
		if (!at[length])
			break;
		at += length + 1;
	}
	strcpy(out->name, words[n]);
	if (n == 2)
		strcpy(out->ns, words[0]);
	if (n == 2 || (n == 1 && is_kind(words[0])))
		strcpy(out->kind, words[n - 1]);
	else if (n == 1)
		strcpy(out->ns, words[0]);
	return 0;
}

static void find_address(const struct end_query *query, const struct ip *ip, struct end *out)
{
	const struct pod *pod = store_owner(query->store, ip);
	char text[IP_TEXT];

	out->kind = END_ADDRESS;
	out->name = pod ? format("%s/%s", pod->object.ns, pod->object.name) : format("%s", ip_print(ip, text));
	*vec_add(&out->spots) = (struct spot){{*ip, *ip}, pod, query->port, NULL};
}

/* "0.0.0.0/0 and ::/0", as far as they are not pods of the cluster. */
static void find_world(const struct end_query *query, struct end *out)
{
	out->kind = END_WORLD;
	out->name = format("world");
	for (int family = 0; family < FAMILY_COUNT; family++) {
		struct cidr all = {.addr = {.family = (uint8_t)family}};
		struct ip_range range = cidr_range(&all);

		end_cut(query->store, &range, true, query->port, &out->spots);
	}
}

static void find_range(const struct end_query *query, const struct cidr *cidr, struct end *out)
{
	struct ip_range range = cidr_range(cidr);
	char text[IP_TEXT];

	out->kind = END_RANGE;
	out->name = format("%s/%u", ip_print(&cidr->addr, text), cidr->bits);
	end_cut(query->store, &range, false, query->port, &out->spots);
}

int end_find(const struct end_query *query, const char *text, struct end *out, struct err *err)
{
	struct err none;
	struct name name;
	struct cidr cidr;
	struct ip ip;

	*out = (struct end){0};
	if (ip_parse(text, &ip, &none) == 0) {
		find_address(query, &ip, out);
		return 0;
	}
	if (cidr_parse(text, &cidr, &none) == 0) {
		find_range(query, &cidr, out);
		return 0;
	}
	if (strcmp(text, "world") == 0) {
		find_world(query, out);
		return 0;
	}
	if (cut_words(text, &name, err))
		return -1;
	return find_named(query, &name, out, err);
}
