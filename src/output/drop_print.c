/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is it said that a packet was dropped? */
#include <selvage/drop_print.h>

#include <string.h>
#include <time.h>

#include <selvage/fact.h>
#include <selvage/json_print.h>
#include <selvage/miss_print.h>
#include <selvage/text.h>

#define PROTO_ICMP 1
#define PROTO_ICMP6 58

const char *drop_reason(const char *chain)
{
	static const struct {
		const char *begin, *reason;
	} reasons[] = {
		{"in-", "ingress"},
		{"out-", "egress"},
		{"overlay", "overlay"},
		{FACT_MULTICAST, "multicast"},
		{"unknown-in", "unknown-ingress"},
		{"unknown-out", "unknown-egress"},
		{FACT_FORGED, "forged"},
		{FACT_SHADOW "in-", "shadow-ingress"},
		{FACT_SHADOW "out-", "shadow-egress"},
	};

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (!strncmp(chain, reasons[i].begin, strlen(reasons[i].begin)))
			return reasons[i].reason;
	return "other";
}

const char *drop_time(int64_t when, char buf[static DROP_TIME])
{
	time_t seconds = (time_t)when;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(buf, DROP_TIME, "%Y-%m-%dT%H:%M:%SZ", &tm))
		*buf = '\0';
	return buf;
}

static json_t *end_json(const struct ip *ip, const char *name, uint16_t port)
{
	json_t *end = json_object();
	char text[IP_TEXT];

	json_object_set_new(end, "ip", json_string(ip_print(ip, text)));
	if (name)
		json_object_set_new(end, "name", json_text(name));
	if (port)
		json_object_set_new(end, "port", json_integer(port));
	return end;
}

static json_t *proto_json(uint8_t proto)
{
	const char *name = proto_name(proto);
	char number[4];

	if (proto == PROTO_ICMP)
		name = "ICMP";
	if (proto == PROTO_ICMP6)
		name = "ICMPv6";
	snprintf(number, sizeof number, "%u", proto);
	return json_string(name ? name : number);
}

json_t *drop_json(const struct drop_said *said)
{
	json_t *drop = json_object(), *policies = json_array(), *miss;
	char when[DROP_TIME];

	json_object_set_new(drop, "time", json_string(drop_time(said->when, when)));
	json_object_set_new(drop, "reason", json_string(drop_reason(said->chain)));
	json_object_set_new(drop, "chain", json_text(said->chain));
	json_object_set_new(drop, "from", end_json(&said->packet->from, said->from, said->from_port));
	json_object_set_new(drop, "to", end_json(&said->packet->to, said->to, said->packet->port));
	json_object_set_new(drop, "proto", proto_json(said->packet->proto));
	if (said->icmp)
		json_object_set_new(drop, "icmp", json_pack("{si si}", "type", said->type, "code", said->code));
	for (size_t i = 0; i < said->n_isolating; i++)
		json_array_append_new(policies, json_text(said->isolating[i]));
	json_object_set_new(drop, "policies", policies);
	miss = said->miss ? miss_json(said->miss) : NULL;
	if (miss)
		json_object_set_new(drop, "nearestMiss", miss);
	return drop;
}

/* What came over a socket may be anything. */
static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

static void end_print(const json_t *end, FILE *out)
{
	const char *name = json_string_value(json_object_get(end, "name"));

	if (name) {
		text_safe(out, name);
		fputs(" (", out);
	}
	text_safe(out, text_of(end, "ip"));
	if (name)
		fputc(')', out);
}

static void what_print(const json_t *drop, FILE *out)
{
	const json_t *icmp = json_object_get(drop, "icmp"),
		     *port = json_object_get(json_object_get(drop, "to"), "port");

	fputc(' ', out);
	text_safe(out, text_of(drop, "proto"));
	if (port)
		fprintf(out, " %lld", (long long)json_integer_value(port));
	if (icmp)
		fprintf(out, " type %lld code %lld", (long long)json_integer_value(json_object_get(icmp, "type")),
			(long long)json_integer_value(json_object_get(icmp, "code")));
}

bool drop_shadow(const json_t *drop)
{
	return fact_shadow(text_of(drop, "reason")) != NULL;
}

void drop_print(const json_t *drop, FILE *out)
{
	const char *isolated = drop_shadow(drop) ? "would be isolated" : "isolated";
	const json_t *policies = json_object_get(drop, "policies"), *miss = json_object_get(drop, "nearestMiss"),
		     *policy;
	size_t i;

	text_safe(out, text_of(drop, "reason"));
	fputc(' ', out);
	end_print(json_object_get(drop, "from"), out);
	fputs(" -> ", out);
	end_print(json_object_get(drop, "to"), out);
	what_print(drop, out);
	json_array_foreach(policies, i, policy)
	{
		if (i)
			fputs(", ", out);
		else
			fprintf(out, "; %s by ", isolated);
		text_safe(out, json_string_value(policy) ? json_string_value(policy) : "?");
	}
	if (miss) {
		fputs("; nearest miss: ", out);
		text_safe(out, text_of(miss, "policy"));
		fputc(' ', out);
		text_safe(out, text_of(miss, "rule"));
		fputs(": ", out);
		text_safe(out, text_of(miss, "text"));
	}
}
