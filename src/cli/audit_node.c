/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is there to hear from the node that an audit runs on? */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selvage/audit_live.h>
#include <selvage/local.h>
#include <selvage/text.h>

#include "agent_ask.h"
#include "audit_report.h"

/* What was heard, and the texts that it borrows. */
struct hearing {
	struct audit_live live;
	json_t *status; /* NULL: no agent said anything */
	VEC(char *) texts;
};

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static void unknown(struct audit_report *report, const struct args *args, const char *id, const char *why)
{
	if (!audit_asks(args, audit_rule(id)))
		return;
	*vec_add(&report->unread) = id;
	fprintf(stderr, "warning: %s is unknown: ", id);
	text_safe(stderr, why);
	fputc('\n', stderr);
}

/* A stream whose text the hearing will own. */
struct draft {
	FILE *out;
	char *text;
	size_t size;
};

static FILE *draft_begin(struct draft *draft)
{
	draft->out = open_memstream(&draft->text, &draft->size);
	if (!draft->out)
		abort();
	return draft->out;
}

static const char *draft_end(struct draft *draft, struct hearing *hearing)
{
	if (fclose(draft->out))
		abort();
	*vec_add(&hearing->texts) = draft->text;
	return draft->text;
}

/* "TCP 5432", "ICMP type 8 code 0" */
static const char *what_of(struct hearing *hearing, const json_t *drop)
{
	const json_t *port = json_object_get(json_object_get(drop, "to"), "port"),
		     *icmp = json_object_get(drop, "icmp");
	struct draft draft;
	FILE *out = draft_begin(&draft);

	fputs(text(drop, "proto"), out);
	if (json_is_integer(port))
		fprintf(out, " %lld", (long long)json_integer_value(port));
	if (icmp)
		fprintf(out, " type %lld code %lld", (long long)json_integer_value(json_object_get(icmp, "type")),
			(long long)json_integer_value(json_object_get(icmp, "code")));
	return draft_end(&draft, hearing);
}

static const char *isolating_of(struct hearing *hearing, const json_t *drop)
{
	const json_t *policy;
	struct draft draft;
	FILE *out = draft_begin(&draft);
	size_t i;

	json_array_foreach(json_object_get(drop, "policies"), i, policy)
		fprintf(out, "%s%s", i ? ", " : "", json_string_value(policy) ? json_string_value(policy) : "?");
	return draft_end(&draft, hearing);
}

/* "shop/db ingress[0]: peer does not match" */
static const char *miss_of(struct hearing *hearing, const json_t *drop)
{
	const json_t *miss = json_object_get(drop, "nearestMiss");
	struct draft draft;
	FILE *out = draft_begin(&draft);

	if (json_is_object(miss))
		fprintf(out, "%s %s: %s", text(miss, "policy"), text(miss, "rule"), text(miss, "text"));
	return draft_end(&draft, hearing);
}

static const char *end_of(const json_t *end)
{
	const char *name = text(end, "name");

	return *name ? name : text(end, "ip");
}

/* Other drops than those for policies are no policy's. */
static void drop_hear(struct hearing *hearing, const json_t *drop)
{
	const char *reason = text(drop, "reason");
	bool in = !strcmp(reason, direction_name(DIRECTION_INGRESS));
	json_int_t count = json_integer_value(json_object_get(drop, "count"));

	if (!in && strcmp(reason, direction_name(DIRECTION_EGRESS)))
		return;
	*vec_add(&hearing->live.drops) = (struct audit_drop){
		.direction = in ? DIRECTION_INGRESS : DIRECTION_EGRESS,
		.from = end_of(json_object_get(drop, "from")),
		.to = end_of(json_object_get(drop, "to")),
		.what = what_of(hearing, drop),
		.count = count > 0 ? (uint64_t)count : 0,
		.last = text(drop, "time"),
		.isolating = isolating_of(hearing, drop),
		.miss = miss_of(hearing, drop),
	};
}

/* A bad guard is told of if it is not why the node is degraded. */
static void guard_hear(struct hearing *hearing, const json_t *guard)
{
	const char *detail = text(guard, "detail");
	struct draft draft;

	if (strcmp(text(guard, "state"), "bad"))
		return;
	for (size_t i = 0; i < hearing->live.faults.n; i++)
		if (!strcmp(hearing->live.faults.at[i], detail))
			return;
	fprintf(draft_begin(&draft), "%s: %s", text(guard, "guard"), detail);
	*vec_add(&hearing->live.faults) = draft_end(&draft, hearing);
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void status_hear(struct hearing *hearing)
{
	struct audit_live *live = &hearing->live;
	const json_t *item;
	size_t i;

	live->node = json_string_value(json_object_get(hearing->status, "node"));
	live->answers = true;
	json_array_foreach(json_object_get(hearing->status, "degraded"), i, item) * vec_add(&live->faults) =
		json_string_value(item) ? json_string_value(item) : "?";
	json_array_foreach(json_object_get(hearing->status, "guards"), i, item) guard_hear(hearing, item);
	json_array_foreach(json_object_get(hearing->status, "pods"), i, item) * vec_add(&live->pods) =
		text(item, "pod");
	json_array_foreach(json_object_get(hearing->status, "recentDrops"), i, item) drop_hear(hearing, item);
	vec_sort(&live->pods, name_cmp);
}

static void agent_hear(const struct args *args, struct audit_report *report, const char *socket,
		       struct hearing *hearing)
{
	struct err err = {0};
	struct draft draft;

	hearing->status = agent_ask(socket, &err);
	if (hearing->status) {
		status_hear(hearing);
		return;
	}
	unknown(report, args, "NP202", err.msg);
	if (err.code == ERR_ABSENT || err.code == ERR_IO) {
		fprintf(draft_begin(&draft), "no agent answers: %s", err.msg);
		*vec_add(&hearing->live.faults) = draft_end(&draft, hearing);
	} else
		unknown(report, args, "NP205", err.msg);
}

static void flow_hear(void *ctx, const struct flow *flow)
{
	*vec_add(&((struct hearing *)ctx)->live.flows) = *flow;
}

static void flows_hear(const struct args *args, struct audit_report *report, audit_flows_fn *flows,
		       struct hearing *hearing)
{
	const struct rule_text *rule = audit_rule("NP201");
	struct err err = {0};

	if (!audit_asks(args, rule) || audit_rule_unknown(report, rule) || !flows(flow_hear, hearing, &err))
		return;
	hearing->live.flows.n = 0;
	unknown(report, args, "NP201", err.msg);
}

static void hearing_fini(struct hearing *hearing)
{
	for (size_t i = 0; i < hearing->texts.n; i++)
		free(hearing->texts.at[i]);
	vec_free(&hearing->texts);
	vec_free(&hearing->live.faults);
	vec_free(&hearing->live.pods);
	vec_free(&hearing->live.drops);
	vec_free(&hearing->live.flows);
	json_decref(hearing->status);
}

/* Where the agent listens; NULL: nobody asks about this node, or it has no agent. */
static const char *socket_of(const struct args *args)
{
	const char *socket = args_value(args, "socket");

	if (socket || args_value(args, "from"))
		return socket;
	return !access(LOCAL_PATH, F_OK) || (errno != ENOENT && errno != ENOTDIR) ? LOCAL_PATH : NULL;
}

void audit_node(const struct args *args, struct audit_report *report, audit_flows_fn *flows)
{
	const char *socket = socket_of(args);
	struct hearing hearing = {0};

	if (!socket || args_value(args, "matrix"))
		return;
	if (audit_asks(args, audit_rule("NP202")) || audit_asks(args, audit_rule("NP205")))
		agent_hear(args, report, socket, &hearing);
	flows_hear(args, report, flows, &hearing);
	audit_live(report->audit, report->store, &hearing.live);
	hearing_fini(&hearing);
}
