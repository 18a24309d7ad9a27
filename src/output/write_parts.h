/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that write objects have from each other.  What they return is a new reference. */
#ifndef SELVAGE_OUTPUT_WRITE_PARTS_H
#define SELVAGE_OUTPUT_WRITE_PARTS_H

#include <jansson.h>

#include <selvage/resource.h>

/* Sets a text, unless it is NULL. */
void write_text(json_t *into, const char *key, const char *text);

/* Sets an object or array, unless it is empty.  Takes it. */
void write_filled(json_t *into, const char *key, json_t *value);

/* Sets true, or nothing. */
void write_true(json_t *into, const char *key, bool is);

/* metadata.ownerReferences, if there is an owner. */
void write_owner(json_t *metadata, const struct owner *owner);

json_t *labels_json(const struct labels *labels);
json_t *ip_json(const struct ip *ip);
json_t *cidr_json(const struct cidr *cidr);

/* apiVersion, kind and metadata with the names; the metadata is borrowed. */
json_t *object_head_json(const struct object *object, json_t **metadata);

/* metadata and spec of a pod, as they are in a template too. */
void write_pod(json_t *metadata, json_t *into, const struct pod *pod);

json_t *resource_json(const struct object *object);

#endif
