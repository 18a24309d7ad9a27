/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets does a question mean? */
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#include "question.h"

#define PROTO_ICMP 1
#define PROTO_ICMP6 58
#define NAMES_MAX 512 /* pods that are looked through for a similar name */

int question_parse_port(const char *proto, long long port, struct question *question, struct err *err)
{
	int number = proto ? proto_parse(proto) : PROTO_TCP;
	bool icmp = proto ? !strcasecmp(proto, "ICMP") : port == 0;

	if (icmp && port)
		return err_set(err, ERR_INPUT, "ICMP has no ports");
	if (!icmp && number < 0)
		return err_set(err, ERR_INPUT, "unknown protocol \"%s\"; there are TCP, UDP, SCTP and ICMP", proto);
	if (!icmp && (port < 1 || port > UINT16_MAX))
		return err_set(err, ERR_INPUT, "port must be 1 to 65535, is %lld", port);
	question->proto = icmp ? PROTO_ANY : (uint8_t)number;
	question->port = icmp ? 0 : (uint16_t)port;
	return 0;
}

/* Copies an endpoint's text. */
static int endpoint_copy(char out[static QUESTION_ENDPOINT], const char *text, size_t n, struct err *err)
{
	if (n == 0 || n >= QUESTION_ENDPOINT)
		return err_set(err, ERR_INPUT, n ? "a name of %zu bytes is too long" : "an endpoint is empty", n);
	memcpy(out, text, n);
	out[n] = '\0';
	return 0;
}

/* Where ":PORT" begins: after the bracket of "[v6]:PORT", at the only colon of anything else. */
static const char *port_colon(const char *text)
{
	const char *colon = strchr(text, ':');

	if (*text == '[')
		return strstr(text, "]:") ? strstr(text, "]:") + 1 : NULL;
	return colon && !strchr(colon + 1, ':') ? colon : NULL;
}

int question_parse_to(const char *text, struct question *question, struct err *err)
{
	const char *colon = port_colon(text), *slash = NULL;
	size_t n = colon ? (size_t)(colon - text) : strlen(text);
	char *end;
	long long port;

	if (*text == '[' && n >= 2 && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (endpoint_copy(question->to, text, n, err))
		return -1;
	if (!colon)
		return question_parse_port(NULL, 0, question, err);
	port = strtoll(colon + 1, &end, 10);
	if (*end == '/')
		slash = end + 1;
	if (end == colon + 1 || (*end && !slash))
		return err_set(err, ERR_INPUT, "\"%s\" is no PORT or PORT/PROTO", colon + 1);
	return question_parse_port(slash ? slash : "TCP", port, question, err);
}

static int no_such_pod(const struct store *store, const char *ns, const char *name, struct err *err)
{
	const char *names[NAMES_MAX], *nearest;
	const struct object *o = NULL;
	size_t n = 0;

	while (n < NAMES_MAX && (o = store_walk(store, OBJECT_POD, o)))
		if (strcmp(o->ns, ns) == 0)
			names[n++] = o->name;
	nearest = text_nearest(name, names, n);
	if (!nearest)
		return err_set(err, ERR_ABSENT, "there is no pod %s/%s", ns, name);
	return err_set(err, ERR_ABSENT, "there is no pod %s/%s; did you mean %s/%s?", ns, name, ns, nearest);
}

static int pod_end(const struct store *store, const struct pod *pod, struct question_end *out, struct err *err)
{
	const char *ns = pod->object.ns, *name = pod->object.name;

	if (pod->finished)
		return err_set(err, ERR_UNSURE, "pod %s/%s has finished: it has no address any more", ns, name);
	for (size_t i = 0; i < pod->n_ips && out->n < FAMILY_COUNT; i++)
		if (pod->host_network || store_owner(store, &pod->ips[i]) == pod)
			out->ips[out->n++] = pod->ips[i];
	if (pod->n_ips == 0)
		return err_set(err, ERR_UNSURE, "pod %s/%s has no address yet", ns, name);
	if (out->n == 0)
		return err_set(err, ERR_UNSURE, "the addresses of pod %s/%s belong to a newer pod", ns, name);
	return 0;
}

int question_end_find(const struct store *store, const char *text, const char *ns, struct question_end *out,
		      struct err *err)
{
	const char *slash = strchr(text, '/'), *name = slash ? slash + 1 : text;
	char first[QUESTION_ENDPOINT];
	const struct object *pod;
	struct err no_address;

	*out = (struct question_end){0};
	if (!*text)
		return err_set(err, ERR_INPUT, "an endpoint is empty");
	if (!slash && ip_parse(text, &out->ips[0], &no_address) == 0) {
		out->n = 1;
		return 0;
	}
	if (slash) {
		memcpy(first, text, (size_t)(slash - text));
		first[slash - text] = '\0';
		if (strcmp(first, "pod") != 0)
			ns = first;
	}
	pod = store_find(store, OBJECT_POD, ns, name);
	if (!pod)
		return no_such_pod(store, ns, name, err);
	return pod_end(store, (const struct pod *)(const void *)pod, out, err);
}

static uint8_t packet_proto(const struct question *question, enum family family)
{
	if (question->proto != PROTO_ANY)
		return question->proto;
	return family == FAMILY_4 ? PROTO_ICMP : PROTO_ICMP6;
}

int question_packets(const struct question *question, const struct question_end *from, const struct question_end *to,
		     struct packet packets[static FAMILY_COUNT], struct err *err)
{
	int n = 0;

	for (size_t t = 0; t < to->n; t++) {
		for (size_t f = 0; f < from->n && n < FAMILY_COUNT; f++) {
			if (from->ips[f].family != to->ips[t].family)
				continue;
			packets[n].from = from->ips[f];
			packets[n].to = to->ips[t];
			packets[n].port = question->port;
			packets[n++].proto = packet_proto(question, (enum family)to->ips[t].family);
			break;
		}
	}
	if (n == 0)
		return err_set(err, ERR_UNSURE, "%s and %s have no address of the same family", question->from,
			       question->to);
	return n;
}
