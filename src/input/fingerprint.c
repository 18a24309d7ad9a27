/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does an object still say what it said?  A digest of it takes the place of a copy. */
#include "fingerprint.h"

const char *fingerprint(const struct object *object)
{
	struct digest d;

	digest_init(&d);
	object_digest(object, &d);
	return digest_name(&d, "");
}
