/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes pods, what will they be, and what is there to know of a pod beyond what decides its packets? */
#include <stdio.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

#include "decode_parts.h"

#define HASH_LABEL "pod-template-hash"

/* A whole number that is not negative; `otherwise` if it was left out or after a problem. */
static unsigned read_count(const struct place *at, unsigned otherwise)
{
	json_int_t number = json_integer_value(at->value);

	if (!at->value)
		return otherwise;
	if (json_is_integer(at->value) && number >= 0 && number <= INT32_MAX)
		return (unsigned)number;
	place_problem(at, "must be a whole number that is not negative");
	return otherwise;
}

static enum dns_policy read_dns(const struct place *at)
{
	static const char *const names[DNS_COUNT] = {"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"};
	int policy = place_choice(at, names, DNS_COUNT, DNS_CLUSTER_FIRST);

	return policy < 0 ? DNS_CLUSTER_FIRST : (enum dns_policy)policy;
}

/* Does the volume hold a token that is meant for the API server?  "audience [...] defaults to the identifier of the
 * apiserver." */
static bool volume_has_token(const struct place *volume)
{
	struct place projected = place_field(volume, "projected"), sources = place_field(&projected, "sources");
	size_t n;

	if (!place_is_object(volume) || !place_is_object(&projected))
		return false;
	place_is_list(&sources, &n);
	for (size_t i = 0; i < n; i++) {
		struct place source = place_item(&sources, i), token = place_field(&source, "serviceAccountToken");
		struct place audience = place_field(&token, "audience");

		if (place_is_object(&source) && place_is_object(&token) && token.value && !audience.value)
			return true;
	}
	return false;
}

static bool read_token(const struct place *root)
{
	struct place meta = place_field(root, "metadata"), spec = place_field(root, "spec");
	struct place mount = place_field(&spec, "automountServiceAccountToken"),
		     volumes = place_field(&spec, "volumes");
	size_t n;

	if (mount.value)
		return place_bool(&mount);
	place_is_list(&volumes, &n);
	for (size_t i = 0; i < n; i++) {
		struct place volume = place_item(&volumes, i);

		if (volume_has_token(&volume))
			return true;
	}
	return !place_field(&meta, "uid").value;
}

/* A Deployment calls a ReplicaSet DEPLOYMENT-HASH and labels its pods with the hash. */
static struct owner unhash(struct owner owner, const struct place *meta)
{
	struct place labels = place_field(meta, "labels");
	const char *hash = json_string_value(place_field(&labels, HASH_LABEL).value);
	size_t n = owner.name ? strlen(owner.name) : 0, n_hash = hash ? strlen(hash) : 0;
	struct owner above;

	if (!n_hash || n <= n_hash + 1 || strcmp(owner.kind, "ReplicaSet") || strcmp(owner.name + n - n_hash, hash) ||
	    owner.name[n - n_hash - 1] != '-')
		return owner;
	above = (struct owner){atom("Deployment"), atom_n(owner.name, n - n_hash - 1)};
	atom_put(owner.kind);
	atom_put(owner.name);
	return above;
}

struct pod_detail *decode_pod_detail(const struct place *root)
{
	struct place meta = place_field(root, "metadata"), spec = place_field(root, "spec");
	struct place dns = place_field(&spec, "dnsPolicy");
	struct pod_detail *detail = mem_new(1, sizeof *detail);

	detail->owner = unhash(decode_owner(&meta), &meta);
	detail->dns = read_dns(&dns);
	detail->token = read_token(root);
	return detail;
}

static unsigned read_replicas(const struct place *root, enum object_kind kind)
{
	struct place spec = place_field(root, "spec"), status = place_field(root, "status"), at;

	if (kind == OBJECT_DAEMONSET) {
		at = place_field(&status, "desiredNumberScheduled");
		return read_count(&at, 0);
	}
	at = place_field(&spec, kind == OBJECT_JOB || kind == OBJECT_CRONJOB ? "parallelism" : "replicas");
	return read_count(&at, 1);
}

/* A pod as the template makes it, with the names of its workload. */
static struct pod *read_template(const struct place *spec, const struct object *object)
{
	struct place at = place_field(spec, "template");
	struct pod *pod = mem_new(1, sizeof *pod);

	pod->object = *object;
	pod->object.kind = OBJECT_POD;
	atom_ref(object->ns);
	atom_ref(object->name);
	atom_ref(object->source.file);
	place_is_object(&at);
	decode_pod_spec(&at, pod);
	return pod;
}

void decode_workload(const struct place *root, struct object *object)
{
	struct workload *workload = (struct workload *)(void *)object;
	struct place meta = place_field(root, "metadata"), spec = place_field(root, "spec");
	struct place job = place_field(&spec, "jobTemplate"), job_spec = place_field(&job, "spec");

	place_is_object(&spec);
	workload->owner = decode_owner(&meta);
	if (object->kind == OBJECT_CRONJOB) {
		place_is_object(&job);
		place_is_object(&job_spec);
		workload->replicas = read_replicas(&job, object->kind);
		workload->template = read_template(&job_spec, object);
	} else {
		workload->replicas = read_replicas(root, object->kind);
		workload->template = read_template(&spec, object);
	}
}
