/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does an audit write namespaces, and the workloads in them? */
#include <stdlib.h>
#include <string.h>

#include <selvage/json_print.h>

#include "audit_json.h"
#include "audit_words.h"

static json_t *directions(json_t *ingress, json_t *egress)
{
	json_t *json = json_object();

	json_object_set_new(json, "ingress", ingress);
	json_object_set_new(json, "egress", egress);
	return json;
}

json_t *audit_count_json(size_t n, bool known)
{
	return known ? audit_integer(n) : json_null();
}

static json_t *isolated_json(const struct audit *audit, const struct audit_ns *row, enum direction direction)
{
	return audit_count_json(row->isolated[direction],
				audit_knows(audit, OBJECT_POLICY) && audit_knows(audit, OBJECT_POD));
}

static json_t *new_pod(const struct audit *audit, const struct audit_ns *row, enum direction direction)
{
	if (!audit_knows(audit, OBJECT_POLICY))
		return json_string("unknown");
	return json_string(row->new_isolated[direction] ? "deny" : "allow");
}

static json_t *peers_json(const struct audit *audit, const struct audit_ns *row, enum direction direction)
{
	char *text = audit_peers_text(audit, row, direction, false);
	json_t *json = json_text(text);

	free(text);
	return json;
}

static json_t *namespace_json(const struct audit *audit, const struct audit_ns *row)
{
	bool pods = audit_knows(audit, OBJECT_POD);
	json_t *json = json_object(), *counts = json_object();

	for (int s = 0; s < SEVERITY_COUNT; s++)
		if (row->counts[s])
			json_object_set_new(counts, severity_name((enum severity)s), audit_integer(row->counts[s]));
	json_object_set_new(json, "name", json_text(row->name));
	json_object_set_new(json, "pods", audit_count_json(row->pods, pods));
	json_object_set_new(json, "hostNetworkPods", audit_count_json(row->host_pods, pods));
	json_object_set_new(json, "networkPolicies",
			    audit_count_json(row->policies, audit_knows(audit, OBJECT_POLICY)));
	json_object_set_new(json, "isolated",
			    directions(isolated_json(audit, row, DIRECTION_INGRESS),
				       isolated_json(audit, row, DIRECTION_EGRESS)));
	json_object_set_new(json, "newPod",
			    directions(new_pod(audit, row, DIRECTION_INGRESS), new_pod(audit, row, DIRECTION_EGRESS)));
	json_object_set_new(json, "reachableFrom", peers_json(audit, row, DIRECTION_INGRESS));
	json_object_set_new(json, "reaches", peers_json(audit, row, DIRECTION_EGRESS));
	json_object_set_new(json, "dns", json_string(audit_dns_word(row->dns)));
	json_object_set_new(json, "findings", counts);
	return json;
}

json_t *audit_namespaces_json(const struct audit_page *page)
{
	json_t *list = json_array();

	for (size_t i = 0; i < page->audit->namespaces.n; i++)
		if (!page->report->ns || !strcmp(page->report->ns, page->audit->namespaces.at[i].name))
			json_array_append_new(list, namespace_json(page->audit, &page->audit->namespaces.at[i]));
	return list;
}

json_t *audit_workloads_json(const struct audit *audit)
{
	json_t *list = json_array();

	for (size_t i = 0; i < audit->units.n;) {
		struct audit_part part = audit_part(audit, i);
		json_t *json = json_object(), *classes = json_array(), *counts = json_array();
		size_t pods = 0;

		for (size_t k = 0; k < part.n; k++) {
			json_array_append_new(classes, audit_integer(part.at[k].class));
			json_array_append_new(counts, audit_integer(part.at[k].n));
			pods += part.at[k].n;
		}
		json_object_set_new(json, "namespace", json_text(part.at->ns));
		json_object_set_new(json, "kind", json_text(part.at->kind));
		json_object_set_new(json, "name", json_text(part.at->name));
		json_object_set_new(json, "pods", audit_integer(pods));
		json_object_set_new(json, "classes", classes);
		json_object_set_new(json, "classPods", counts);
		json_array_append_new(list, json);
		i += part.n;
	}
	return list;
}
