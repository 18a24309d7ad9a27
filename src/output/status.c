/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is there to know of a node? */
#include <selvage/status.h>

#include <string.h>

#include <selvage/json_print.h>

#include "config.h"

static const char *const states[] = {[STATUS_OK] = "ok", [STATUS_NOTE] = "note", [STATUS_BAD] = "bad"};

json_t *status_new(const char *node, bool agent)
{
	static const char *const lists[] = {"degraded", "pods",  "otherDrops", "otherChains", "guards",
					    "drifts",   "feeds", "flaws",      "recentDrops", "recentShadow"};
	json_t *status = json_object();

	json_object_set_new(status, "schemaVersion", json_integer(STATUS_VERSION));
	json_object_set_new(status, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(status, "node", node ? json_text(node) : json_null());
	json_object_set_new(status, "agent", json_boolean(agent));
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		json_object_set_new(status, lists[i], json_array());
	return status;
}

static void add(json_t *status, const char *list, json_t *take)
{
	json_array_append_new(json_object_get(status, list), take);
}

static json_t *time_json(int64_t when)
{
	char text[DROP_TIME];

	return when ? json_string(drop_time(when, text)) : json_null();
}

void status_reason(json_t *status, const char *reason)
{
	add(status, "degraded", json_text(reason));
}

static json_t *side_json(const struct status_side *side)
{
	json_t *json = json_object(), *policies = side->known ? json_array() : json_null();

	json_object_set_new(json, "isolated", json_boolean(side->isolated));
	for (size_t i = 0; side->known && i < side->n_policies; i++)
		json_array_append_new(policies, json_text(side->policies[i]));
	json_object_set_new(json, "policies", policies);
	json_object_set_new(json, "drops", json_integer((json_int_t)side->drops));
	json_object_set_new(json, "lastDrop", time_json(side->last));
	if (side->shadowed)
		json_object_set_new(json, "shadow",
				    json_pack("{sI so}", "drops", (json_int_t)side->shadow_drops, "lastDrop",
					      time_json(side->shadow_last)));
	return json;
}

void status_pod(json_t *status, const char *pod, const struct status_side sides[static DIRECTION_COUNT])
{
	json_t *json = json_object();

	json_object_set_new(json, "pod", json_text(pod));
	for (int d = 0; d < DIRECTION_COUNT; d++)
		json_object_set_new(json, direction_name((enum direction)d), side_json(&sides[d]));
	add(status, "pods", json);
}

void status_guard(json_t *status, const char *guard, enum status_state state, const char *detail)
{
	json_t *json = json_object();

	json_object_set_new(json, "guard", json_string(guard));
	json_object_set_new(json, "state", json_string(states[state]));
	json_object_set_new(json, "detail", json_text(detail));
	add(status, "guards", json);
}

void status_drift(json_t *status, const struct status_drift *drift)
{
	json_t *json = json_object();

	json_object_set_new(json, "time", time_json(drift->when));
	json_object_set_new(json, "process", drift->pid ? json_text(drift->process) : json_null());
	json_object_set_new(json, "pid", drift->pid ? json_integer(drift->pid) : json_null());
	json_object_set_new(json, "what", json_text(drift->what));
	json_object_set_new(json, "repaired", json_boolean(drift->repaired));
	add(status, "drifts", json);
}

void status_repairs(json_t *status, uint64_t repairs)
{
	json_object_set_new(status, "repairs", json_integer((json_int_t)repairs));
}

void status_feed(json_t *status, enum object_kind kind, const struct feed_metrics *feed, const char *error)
{
	json_t *json = json_object();

	json_object_set_new(json, "kind", json_string(object_kind_name(kind)));
	json_object_set_new(json, "synced", json_boolean(feed->synced));
	json_object_set_new(json, "age", json_real(feed->age));
	json_object_set_new(json, "restarts", json_integer((json_int_t)feed->restarts));
	json_object_set_new(json, "differences", json_integer((json_int_t)feed->differences));
	json_object_set_new(json, "error", *error ? json_text(error) : json_null());
	add(status, "feeds", json);
}

void status_flaw(json_t *status, const char *flaw)
{
	add(status, "flaws", json_text(flaw));
}

void status_shadow(json_t *status, size_t policies, bool active)
{
	json_object_set_new(status, "shadow",
			    json_pack("{sI sb}", "policies", (json_int_t)policies, "active", (int)active));
}

void status_recent(json_t *status, json_t *take, uint64_t count)
{
	json_object_set_new(take, "count", json_integer((json_int_t)count));
	add(status, drop_shadow(take) ? "recentShadow" : "recentDrops", take);
}

void status_log(json_t *status, uint16_t group, bool listens, uint64_t lost)
{
	json_t *json = json_object();

	json_object_set_new(json, "group", group ? json_integer(group) : json_null());
	json_object_set_new(json, "read", json_boolean(listens));
	json_object_set_new(json, "lost", json_integer((json_int_t)lost));
	json_object_set_new(status, "log", json);
}

void status_other(json_t *status, const char *chain, uint64_t drops, int64_t last)
{
	json_t *json = json_object();

	json_object_set_new(json, "reason", json_string(drop_reason(chain)));
	json_object_set_new(json, "drops", json_integer((json_int_t)drops));
	json_object_set_new(json, "lastDrop", time_json(last));
	add(status, "otherDrops", json);
}

void status_chain(json_t *status, const char *family, const char *table, const char *chain)
{
	json_t *json = json_object();

	json_object_set_new(json, "family", json_string(family));
	json_object_set_new(json, "table", json_text(table));
	json_object_set_new(json, "chain", json_text(chain));
	json_object_set_new(json, "policy", json_string("drop"));
	add(status, "otherChains", json);
}

int status_check(const json_t *status, struct err *err)
{
	const json_t *version = json_object_get(status, "schemaVersion");

	if (!json_is_integer(version))
		return err_set(err, ERR_INPUT, "what the agent says is no status");
	if (json_integer_value(version) != STATUS_VERSION)
		return err_set(err, ERR_INPUT, "the agent is of another version: its status has schemaVersion %lld",
			       (long long)json_integer_value(version));
	return 0;
}

bool status_alive(const json_t *status)
{
	return json_is_true(json_object_get(status, "agent"));
}

bool status_finds(const json_t *status)
{
	const json_t *guard;
	size_t i;

	json_array_foreach(json_object_get(status, "guards"), i, guard)
	{
		const char *state = json_string_value(json_object_get(guard, "state"));

		if (state && !strcmp(state, states[STATUS_BAD]))
			return true;
	}
	return json_array_size(json_object_get(status, "degraded")) ||
	       json_array_size(json_object_get(status, "flaws")) ||
	       json_integer_value(json_object_get(status, "repairs"));
}
