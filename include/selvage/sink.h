/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where input hands what it reads: the one interface between the input room and its users. */
#ifndef SELVAGE_SINK_H
#define SELVAGE_SINK_H

#include <selvage/object.h>
#include <selvage/problem.h>

struct sink {
	/* An object that is new or may have changed; the callee takes it. */
	void (*put)(void *ctx, struct object *take);
	/* An object that is gone. */
	void (*del)(void *ctx, enum object_kind kind, const char *ns, const char *name);
	/* Something that could not be read; borrowed for the call. */
	void (*problem)(void *ctx, const struct problem *problem);
	/* Something that decides nothing here: the API server would refuse it, or it hardly means what was meant; borrowed
	 * for the call.  NULL: nobody wants to know, and nobody looks. */
	void (*remark)(void *ctx, const struct problem *problem);
	/* An object of a kind that selvage does not use; kind is borrowed.  NULL: nobody wants to know. */
	void (*other)(void *ctx, const char *kind);
	void *ctx;
	/* Hand over resources and details (resource.h) too; the agent does not ask for them. */
	bool wide;
	/* Everything that is wrong with an object of a live cluster as it is now, borrowed for the call; n 0: nothing any
	 * more, or it is gone.  NULL: problem() is told of each, and nothing when it ends. */
	void (*flaws)(void *ctx, enum object_kind kind, const char *ns, const char *name,
		      const struct problem *problems, size_t n);
};

#endif
