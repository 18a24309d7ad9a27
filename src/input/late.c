/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which deletes of policies wait for news of their namespaces? */
#include <selvage/atom.h>

#include "late.h"

static void remove_at(struct late *late, size_t i)
{
	atom_put(late->at[i].ns);
	atom_put(late->at[i].name);
	vec_drop(late, i);
}

void late_add(struct late *late, const char *ns, const char *name, struct mono now)
{
	late_drop(late, ns, name);
	*vec_add(late) = (struct late_delete){atom(ns), atom(name), now};
}

void late_drop(struct late *late, const char *ns, const char *name)
{
	const char *ns_atom = atom_peek(ns), *name_atom = atom_peek(name);

	for (size_t i = late->n; i-- > 0;)
		if (late->at[i].ns == ns_atom && late->at[i].name == name_atom)
			remove_at(late, i);
}

void late_release(struct late *late, struct mono now, double seconds,
		  void (*each)(void *ctx, const char *ns, const char *name), void *ctx)
{
	for (size_t i = late->n; i-- > 0;) {
		if (mono_seconds(late->at[i].since, now) < seconds)
			continue;
		each(ctx, late->at[i].ns, late->at[i].name);
		remove_at(late, i);
	}
}

void late_fini(struct late *late)
{
	while (late->n)
		remove_at(late, 0);
	vec_free(late);
}
