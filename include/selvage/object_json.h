/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects as the Kubernetes API writes them, but for what selvage does not keep. */
#ifndef SELVAGE_OBJECT_JSON_H
#define SELVAGE_OBJECT_JSON_H

#include <jansson.h>

#include <selvage/object.h>

/* Decoding it again gives an object that says the same (object_same), and closes what was closed because it could not be
 * understood.  A new reference. */
json_t *object_json(const struct object *object);

#endif
