/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the decoder have from each other. */
#ifndef SELVAGE_INPUT_DECODE_PARTS_H
#define SELVAGE_INPUT_DECODE_PARTS_H

#include <selvage/resource.h>
#include <selvage/vec.h>

#include "place.h"

#define IGNORE_ANNOTATION "selvage.io/ignore"

/* Reads name, namespace and source.  False if the object has no usable name, which is a problem; an odd one is a
 * problem too, but is used. */
bool decode_head(const struct place *root, enum object_kind kind, struct object *object);

/* Each fills in what is more than names; resources have a wide sink. */
void decode_namespace(const struct place *root, struct object *object);
void decode_pod(const struct place *root, struct object *object);
void decode_policy(const struct place *root, struct object *object);
void decode_workload(const struct place *root, struct object *object);
void decode_service(const struct place *root, struct object *object);
void decode_endpoints(const struct place *root, struct object *object);
void decode_route(const struct place *root, struct object *object);
void decode_hook(const struct place *root, struct object *object);
void decode_node(const struct place *root, struct object *object);

/* The labels and the spec of a pod that is, or of one that a template makes (PodTemplateSpec). */
void decode_pod_spec(const struct place *root, struct pod *pod);

/* What a wide sink gets of it besides, but for its ports and its status. */
struct pod_detail *decode_pod_detail(const struct place *root);

/* metadata.ownerReferences: the one that is the controller. */
struct owner decode_owner(const struct place *meta);

void decode_labels(const struct place *at, struct labels *labels);

/* An annotation's text (an atom, yours) if the sink is wide and it is there and not empty; else NULL. */
const char *decode_annotation(const struct place *meta, const char *key);

/* A text that is not empty as an atom, yours, or NULL. */
const char *decode_atom(const struct place *at, const char *key);

struct ips {
	VEC(struct ip);
};

/* An address; one that was read before is passed over. */
void decode_ip(const struct place *at, struct ips *ips);

struct named_ports {
	VEC(struct named_port);
};

/* A port by number or by name; none if it was left out. */
struct port_ref decode_port_ref(const struct place *at);

/* A label selector; one that was left out selects everything.  False if it is unclear: it then holds what was clear. */
bool decode_selector(const struct place *at, struct selector *sel);

/* The number of a protocol, TCP if it was left out; -1 after a problem. */
int decode_protocol(const struct place *at);

/* One item of `from` or `to`; if it is unclear, PEER_NOBODY. */
void decode_peer(const struct place *at, struct peer *peer);

/* One item of `ports`; if it is unclear, it matches nothing. */
void decode_port(const struct place *at, struct port *port);

#endif
