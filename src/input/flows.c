/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections did conntrack(8) list? */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

#include "flows_parts.h"
#include "slurp.h"

#define PROTO_MAX 255

void flow_entry_init(struct flow_entry *entry)
{
	*entry = (struct flow_entry){.proto = -1, .seconds = -1};
	for (int w = 0; w < WAY_COUNT; w++)
		entry->way[w] = (struct flow_way){.from_port = -1, .to_port = -1, .packets = -1, .bytes = -1};
}

int64_t flow_number(const char *text, int64_t most)
{
	int64_t n = 0;

	if (!*text)
		return -1;
	for (; isdigit((unsigned char)*text); text++) {
		if (n > (most - (*text - '0')) / 10)
			return -1;
		n = n * 10 + (*text - '0');
	}
	return *text ? -1 : n;
}

/*
 * TCP: "TIME-WAIT [...] LAST-ACK - represents waiting for an acknowledgment of the connection termination request previously
 * sent" by who has got one (RFC 9293, 3.3.2); CLOSE is what conntrack says after a reset.  SCTP: who sends SHUTDOWN ACK has
 * nothing more to send, and was told the same (RFC 9260, 9.2).
 */
enum flow_state flow_state_parse(const char *name)
{
	static const char *const open[] = {"SYN_SENT",       "SYN_SENT2",     "SYN_RECV",      "ESTABLISHED",
					   "FIN_WAIT",       "CLOSE_WAIT",    "COOKIE_WAIT",   "COOKIE_ECHOED",
					   "LISTEN",         "SHUTDOWN_SENT", "SHUTDOWN_RECD", "HEARTBEAT_SENT",
					   "HEARTBEAT_ACKED"};
	static const char *const over[] = {"LAST_ACK", "TIME_WAIT", "CLOSE", "CLOSED", "SHUTDOWN_ACK_SENT"};

	for (size_t i = 0; i < sizeof over / sizeof *over; i++)
		if (!strcmp(over[i], name))
			return FLOW_STATE_OVER;
	for (size_t i = 0; i < sizeof open / sizeof *open; i++)
		if (!strcmp(open[i], name))
			return FLOW_STATE_OPEN;
	return FLOW_STATE_UNKNOWN;
}

static bool set_address(const char *value, struct ip *out, bool *has)
{
	struct err err;

	*has = ip_parse(value, out, &err) == 0;
	return *has;
}

const char *flow_entry_set(struct flow_entry *entry, enum way way, const char *name, const char *value)
{
	struct flow_way *it = &entry->way[way];

	if (!strcmp(name, "src"))
		return set_address(value, &it->from, &it->has_from) ? NULL : "is no address";
	if (!strcmp(name, "dst"))
		return set_address(value, &it->to, &it->has_to) ? NULL : "is no address";
	if (!strcmp(name, "sport"))
		return (it->from_port = flow_number(value, UINT16_MAX)) < 0 ? "is no port" : NULL;
	if (!strcmp(name, "dport"))
		return (it->to_port = flow_number(value, UINT16_MAX)) < 0 ? "is no port" : NULL;
	if (!strcmp(name, "packets"))
		return (it->packets = flow_number(value, INT64_MAX)) < 0 ? "is no number" : NULL;
	if (!strcmp(name, "bytes"))
		return (it->bytes = flow_number(value, INT64_MAX)) < 0 ? "is no number" : NULL;
	return NULL;
}

static int64_t sum(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

const char *flow_entry_flow(const struct flow_entry *entry, struct flow *out)
{
	const struct flow_way *original = &entry->way[WAY_ORIGINAL], *reply = &entry->way[WAY_REPLY];

	if (entry->proto < 0)
		return "no protocol is told";
	if (!original->has_from || !original->has_to || !reply->has_from || !reply->has_to)
		return "not both directions have src and dst";
	if (original->from.family != reply->from.family)
		return "the two directions are of different families";
	if (proto_name((uint8_t)entry->proto) && reply->from_port < 0)
		return "the reply has no sport";
	*out = (struct flow){
		.packet = {original->from, reply->from, (uint8_t)entry->proto, 0},
		.packets = sum(original->packets, reply->packets),
		.bytes = sum(original->bytes, reply->bytes),
		.seconds = entry->seconds,
		.replied = !entry->unreplied,
		.state = entry->state,
	};
	if (proto_name(out->packet.proto))
		out->packet.port = (uint16_t)reply->from_port;
	return NULL;
}

/* A line, and where it stands. */
struct line {
	const struct flows_calls *calls;
	const char *file;
	unsigned number;
	char *text; /* whole */
};

static void complain(const struct line *line, const char *at, const char *message)
{
	struct problem problem = {.kind = PROBLEM_SYNTAX,
				  .source = {atom_ref(line->file), line->number, (unsigned)(at - line->text) + 1}};

	problem.message = strdup(message);
	problem.text = strdup(line->text);
	if (!problem.message || !problem.text)
		abort();
	line->calls->problem(line->calls->ctx, &problem);
	problem_fini(&problem);
}

static void complain_value(const struct line *line, const char *at, const char *name, const char *what)
{
	char *message;

	if (asprintf(&message, "%s %s", name, what) < 0)
		abort();
	complain(line, at, message);
	free(message);
}

static char *next_word(char **rest)
{
	char *word;

	do
		word = strsep(rest, " \t\r");
	while (word && !*word);
	return word;
}

/* "tcp 6": after the layer 3, if it is told ("ipv4 2").  The number is what counts. */
static const char *read_proto(char **rest, struct flow_entry *entry, char **word)
{
	const char *number;

	if (!strcmp(*word, "ipv4") || !strcmp(*word, "ipv6")) {
		number = next_word(rest);
		*word = next_word(rest);
		if (!number || !*word || flow_number(number, PROTO_MAX) < 0)
			return "a number and a protocol must follow";
	}
	number = next_word(rest);
	entry->proto = number ? (int)flow_number(number, PROTO_MAX) : -1;
	return entry->proto < 0 ? "the protocol's number must follow" : NULL;
}

/* One word of the rest of a line.  The second src begins the reply. */
static const char *read_word(char *word, enum way *way, struct flow_entry *entry)
{
	char *value = strchr(word, '=');

	if (!strcmp(word, "[UNREPLIED]"))
		entry->unreplied = true;
	if (!value && !entry->way[WAY_ORIGINAL].has_from && !entry->state)
		entry->state = flow_state_parse(word);
	if (!value)
		return NULL;
	*value++ = '\0';
	if (!strcmp(word, "src") && entry->way[WAY_ORIGINAL].has_from)
		*way = WAY_REPLY;
	if (!strcmp(word, "delta-time"))
		entry->seconds = flow_number(value, INT64_MAX);
	return flow_entry_set(entry, *way, word, value);
}

static void read_words(const struct line *line, char *copy)
{
	struct flow_entry entry;
	struct flow flow;
	enum way way = WAY_ORIGINAL;
	char *rest = copy, *word = next_word(&rest);
	const char *wrong;

	while (word && *word == '[')
		word = next_word(&rest);
	if (!word || !strcmp(word, "conntrack"))
		return;
	flow_entry_init(&entry);
	wrong = read_proto(&rest, &entry, &word);
	if (wrong) {
		complain(line, line->text + (word ? word - copy : 0), wrong);
		return;
	}
	while ((word = next_word(&rest))) {
		wrong = read_word(word, &way, &entry);
		if (wrong) {
			complain_value(line, line->text + (word - copy), word, wrong);
			return;
		}
	}
	wrong = flow_entry_flow(&entry, &flow);
	if (wrong)
		complain(line, line->text, wrong);
	else
		line->calls->flow(line->calls->ctx, &flow);
}

static void parse_lines(const char *file, const char *text, size_t size, const struct flows_calls *calls)
{
	struct line line = {.calls = calls, .file = file};

	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t n = end ? (size_t)(end - text) - at : size - at;
		char *copy;

		line.number++;
		line.text = strndup(text + at, n);
		copy = strndup(text + at, n);
		if (!line.text || !copy)
			abort();
		read_words(&line, copy);
		free(line.text);
		free(copy);
		at += n + 1;
	}
}

void flows_parse(const char *file, const char *text, size_t size, const struct flows_calls *calls)
{
	size_t first = 0;

	while (first < size && isspace((unsigned char)text[first]))
		first++;
	if (first < size && text[first] == '<')
		flows_parse_xml(file, text + first, size - first, calls);
	else
		parse_lines(file, text, size, calls);
}

int flows_read(const char *path, const struct flows_calls *calls, struct err *err)
{
	const char *file = atom(strcmp(path, "-") ? path : "<stdin>");
	char *text;
	size_t size;
	int rc = slurp(path, &text, &size, err);

	if (!rc) {
		flows_parse(file, text, size, calls);
		free(text);
	}
	atom_put(file);
	return rc;
}
