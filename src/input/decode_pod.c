/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the documents of pods and namespaces say?  Read leniently: what has the wrong type is reported and left out. */
#include <string.h>

#include <selvage/atom.h>
#include <selvage/vec.h>

#include "decode_parts.h"
#include "timestamp.h"

/* Seconds since 1970, 0 if it was left out or after a problem. */
static int64_t read_time(const struct place *at)
{
	const char *text = place_text(at);
	int64_t seconds;

	if (!text)
		return 0;
	if (timestamp_parse(text, &seconds))
		return seconds;
	place_fault(at, PROBLEM_INVALID, "must be a time such as 2024-05-01T12:00:00Z");
	return 0;
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
		decode_ip(&ip, &ips);
	}
	if (!n && single.value && (!json_is_string(single.value) || json_string_length(single.value)))
		decode_ip(&single, &ips);
	return ips;
}

/* A port without a name is of no use to a policy: numbers match whether they are declared or not. */
static void read_port(const struct place *at, bool unnamed, struct named_ports *ports)
{
	struct place name_at = place_field(at, "name"), number_at = place_field(at, "containerPort");
	struct place protocol_at = place_field(at, "protocol");
	const char *name = place_is_object(at) ? place_text(&name_at) : NULL;
	bool named = name && *name;
	uint16_t number;
	int protocol;

	if (!named && !(unnamed && json_is_object(at->value)))
		return;
	protocol = decode_protocol(&protocol_at);
	number = place_port(&number_at);
	if (!number_at.value)
		place_fault(&number_at, PROBLEM_REQUIRED, "must be given");
	if (protocol >= 0 && number)
		*vec_add(ports) = (struct named_port){named ? atom(name) : NULL, (uint8_t)protocol, number};
}

/* The ports of a list of containers; of init containers only those that keep running. */
static void read_containers(const struct place *list, bool init, bool unnamed, struct named_ports *ports)
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

			read_port(&port, unnamed, ports);
		}
	}
}

static struct named_ports read_ports(const struct place *spec, bool unnamed)
{
	struct place containers = place_field(spec, "containers"), inits = place_field(spec, "initContainers");
	struct named_ports ports = {VEC_EMPTY};

	read_containers(&containers, false, unnamed, &ports);
	read_containers(&inits, true, unnamed, &ports);
	return ports;
}

/* The detail has all the ports, the pod those that have names. */
static void set_ports(struct pod *pod, struct named_ports *all)
{
	struct named_ports named = {VEC_EMPTY};

	if (!pod->detail) {
		pod->ports = all->at;
		pod->n_ports = all->n;
		return;
	}
	pod->detail->ports = all->at;
	pod->detail->n_ports = all->n;
	for (size_t i = 0; i < all->n; i++) {
		if (!all->at[i].name)
			continue;
		atom_ref(all->at[i].name);
		*vec_add(&named) = all->at[i];
	}
	pod->ports = named.at;
	pod->n_ports = named.n;
}

void decode_pod_spec(const struct place *root, struct pod *pod)
{
	struct place meta = place_field(root, "metadata"), spec = place_field(root, "spec");
	struct place labels = place_field(&meta, "labels"), host = place_field(&spec, "hostNetwork");
	struct named_ports ports;

	decode_labels(&labels, &pod->labels);
	place_is_object(&spec);
	pod->node = decode_atom(&spec, "nodeName");
	pod->host_network = place_bool(&host);
	if (root->reading->sink->wide)
		pod->detail = decode_pod_detail(root);
	ports = read_ports(&spec, pod->detail);
	set_ports(pod, &ports);
}

/* The status of the condition Ready. */
static bool read_ready(const struct place *status)
{
	struct place conditions = place_field(status, "conditions");
	size_t n;

	place_is_list(&conditions, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&conditions, i);
		struct place type_at = place_field(&item, "type"), status_at = place_field(&item, "status");
		const char *type = place_is_object(&item) ? place_text(&type_at) : NULL;
		const char *is = type && !strcmp(type, "Ready") ? place_text(&status_at) : NULL;

		if (is)
			return !strcmp(is, "True");
	}
	return false;
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
	if (!pod->detail)
		return;
	pod->detail->running = phase && !strcmp(phase, "Running");
	pod->detail->ready = read_ready(status);
}

void decode_pod(const struct place *root, struct object *object)
{
	struct pod *pod = (struct pod *)(void *)object;
	struct place meta = place_field(root, "metadata"), status = place_field(root, "status");
	struct place created = place_field(&meta, "creationTimestamp");

	pod->terminating = place_field(&meta, "deletionTimestamp").value;
	pod->created = read_time(&created);
	decode_pod_spec(root, pod);
	place_is_object(&status);
	read_pod_status(&status, pod);
}

void decode_namespace(const struct place *root, struct object *object)
{
	struct namespace *ns = (struct namespace *)(void *)object;
	struct place meta = place_field(root, "metadata"), status = place_field(root, "status");
	struct place labels = place_field(&meta, "labels"), phase_at = place_field(&status, "phase");
	const char *phase;

	decode_labels(&labels, &ns->labels);
	labels_put(&ns->labels, "kubernetes.io/metadata.name", object->name);
	ns->ignore = decode_annotation(&meta, IGNORE_ANNOTATION);
	place_is_object(&status);
	phase = place_text(&phase_at);
	ns->terminating = place_field(&meta, "deletionTimestamp").value || (phase && !strcmp(phase, "Terminating"));
}
