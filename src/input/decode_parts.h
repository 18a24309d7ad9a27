/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the decoder have from each other. */
#ifndef SELVAGE_INPUT_DECODE_PARTS_H
#define SELVAGE_INPUT_DECODE_PARTS_H

#include "place.h"

/* Reads name, namespace and source.  False if the object has no usable name, which is a problem; an odd one is a
 * problem too, but is used. */
bool decode_head(const struct place *root, enum object_kind kind, struct object *object);

/* Each hands an object to the sink.  `stale`: of an API version that we do not know. */
void decode_namespace(const struct place *root, bool stale);
void decode_pod(const struct place *root, bool stale);
void decode_policy(const struct place *root, bool stale);

/* A label selector; one that was left out selects everything.  False if it is unclear: it then holds what was clear. */
bool decode_selector(const struct place *at, struct selector *sel);

/* The number of a protocol, TCP if it was left out; -1 after a problem. */
int decode_protocol(const struct place *at);

/* One item of `from` or `to`; if it is unclear, PEER_NOBODY. */
void decode_peer(const struct place *at, struct peer *peer);

/* One item of `ports`; if it is unclear, it matches nothing. */
void decode_port(const struct place *at, struct port *port);

#endif
