/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does an object still say what it said? */
#ifndef SELVAGE_INPUT_FINGERPRINT_H
#define SELVAGE_INPUT_FINGERPRINT_H

#include <selvage/object.h>

/* An atom that is equal for two objects of one kind, namespace and name exactly if object_same(); yours to put. */
const char *fingerprint(const struct object *object);

#endif
