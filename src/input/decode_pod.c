/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the documents of pods and namespaces say?  Read leniently: what has the wrong type is reported and left out. */
#include <string.h>

#include <selvage/atom.h>
#include <selvage/vec.h>

#include "decode_parts.h"
#include "timestamp.h"

struct ips {
	VEC(struct ip);
};

struct named_ports {
	VEC(struct named_port);
};

/* Seconds since 1970, 0 if it was left out or after a problem. */
static int64_t read_time(const struct place *at)
{
	const char *text = place_text(at);
	int64_t seconds;

	if (!text)
		return 0;
	if (timestamp_parse(text, &seconds))
		return seconds;
	place_problem(at, "not a time such as 2024-05-01T12:00:00Z: \"%.80s\"", text);
	return 0;
}

static void read_labels(const struct place *at, struct labels *labels)
{
	json_t *object = (json_t *)(uintptr_t)at->value;

	place_is_object(at);
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		struct place label = place_field(at, json_object_iter_key(i));
		const char *value = place_text(&label);

		if (value)
			labels_put(labels, label.key, value);
		else if (!label.value)
			place_problem(&label, "must be a string, is null");
	}
}

/* An address that was read before is passed over: podIP repeats the first of podIPs. */
static void read_ip(const struct place *at, struct ips *ips)
{
	struct ip ip;

	if (!place_ip(at, &ip))
		return;
	for (size_t i = 0; i < ips->n; i++)
		if (!ip_cmp(&ips->at[i], &ip))
			return;
	*vec_add(ips) = ip;
}

/* The addresses of `many` ([{ip: ...}]), or if there are none, of `one`. */
static struct ips read_ips(const struct place *status, const char *many, const char *one)
{
	struct place list = place_field(status, many), single = place_field(status, one);
	struct ips ips = {VEC_EMPTY};
	size_t n;

	place_is_list(&list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&list, i);
		struct place ip = place_field(&item, "ip");

		place_is_object(&item);
		read_ip(&ip, &ips);
	}
	if (!n && single.value && (!json_is_string(single.value) || json_string_length(single.value)))
		read_ip(&single, &ips);
	return ips;
}

/* A port without a name is of no use to a policy: numbers match whether they are declared or not. */
static void read_port(const struct place *at, struct named_ports *ports)
{
	struct place name_at = place_field(at, "name"), number_at = place_field(at, "containerPort");
	struct place protocol_at = place_field(at, "protocol");
	const char *name = place_is_object(at) ? place_text(&name_at) : NULL;
	uint16_t number;
	int protocol;

	if (!name || !*name)
		return;
	protocol = decode_protocol(&protocol_at);
	number = place_port(&number_at);
	if (!number_at.value)
		place_problem(&number_at, "must be given");
	if (protocol >= 0 && number)
		*vec_add(ports) = (struct named_port){atom(name), (uint8_t)protocol, number};
}

/* The named ports of a list of containers; of init containers only those that keep running. */
static void read_containers(const struct place *list, bool init, struct named_ports *ports)
{
	size_t n, n_ports;

	place_is_list(list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place container = place_item(list, i);
		struct place restart = place_field(&container, "restartPolicy");
		struct place port_list = place_field(&container, "ports");
		const char *policy;

		place_is_object(&container);
		policy = init ? place_text(&restart) : "Always";
		if (!policy || strcmp(policy, "Always"))
			continue;
		place_is_list(&port_list, &n_ports);
		for (size_t j = 0; j < n_ports; j++) {
			struct place port = place_item(&port_list, j);

			read_port(&port, ports);
		}
	}
}

static void read_pod_spec(const struct place *spec, struct pod *pod)
{
	struct place node_at = place_field(spec, "nodeName"), host = place_field(spec, "hostNetwork");
	struct place containers = place_field(spec, "containers"), inits = place_field(spec, "initContainers");
	struct named_ports ports = {VEC_EMPTY};
	const char *node = place_text(&node_at);

	pod->node = node && *node ? atom(node) : NULL;
	pod->host_network = place_bool(&host);
	read_containers(&containers, false, &ports);
	read_containers(&inits, true, &ports);
	pod->ports = ports.at;
	pod->n_ports = ports.n;
}

static void read_pod_status(const struct place *status, struct pod *pod)
{
	struct place phase_at = place_field(status, "phase");
	const char *phase = place_text(&phase_at);
	struct ips ips = read_ips(status, "podIPs", "podIP");

	pod->finished = phase && (!strcmp(phase, "Succeeded") || !strcmp(phase, "Failed"));
	pod->ips = ips.at;
	pod->n_ips = ips.n;
	ips = read_ips(status, "hostIPs", "hostIP");
	pod->host_ips = ips.at;
	pod->n_host_ips = ips.n;
}

void decode_pod(const struct place *root, bool stale)
{
	struct place meta = place_field(root, "metadata"), spec = place_field(root, "spec");
	struct place status = place_field(root, "status"), labels = place_field(&meta, "labels");
	struct place created = place_field(&meta, "creationTimestamp");
	struct pod *pod = mem_new(1, sizeof *pod);

	(void)stale;
	if (!decode_head(root, OBJECT_POD, &pod->object)) {
		object_free(&pod->object);
		return;
	}
	read_labels(&labels, &pod->labels);
	pod->terminating = place_field(&meta, "deletionTimestamp").value;
	pod->created = read_time(&created);
	place_is_object(&spec);
	read_pod_spec(&spec, pod);
	place_is_object(&status);
	read_pod_status(&status, pod);
	root->reading->sink->put(root->reading->sink->ctx, &pod->object);
}

void decode_namespace(const struct place *root, bool stale)
{
	struct place meta = place_field(root, "metadata"), status = place_field(root, "status");
	struct place labels = place_field(&meta, "labels"), phase_at = place_field(&status, "phase");
	struct namespace *ns = mem_new(1, sizeof *ns);
	const char *phase;

	(void)stale;
	if (!decode_head(root, OBJECT_NAMESPACE, &ns->object)) {
		object_free(&ns->object);
		return;
	}
	read_labels(&labels, &ns->labels);
	labels_put(&ns->labels, "kubernetes.io/metadata.name", ns->object.name);
	place_is_object(&status);
	phase = place_text(&phase_at);
	ns->terminating = place_field(&meta, "deletionTimestamp").value || (phase && !strcmp(phase, "Terminating"));
	root->reading->sink->put(root->reading->sink->ctx, &ns->object);
}
