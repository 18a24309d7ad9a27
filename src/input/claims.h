/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who says what an object is?  Every object that stands in a file is a claim.  Of several claims to one object the
 * first in the order of paths and positions counts, the others are problems; when it goes away, the next one counts.
 */
#ifndef SELVAGE_INPUT_CLAIMS_H
#define SELVAGE_INPUT_CLAIMS_H

#include <selvage/hmap.h>
#include <selvage/manifest.h>
#include <selvage/sink.h>
#include <selvage/vec.h>

struct claim;

/* A file that was read. */
struct file {
	struct hnode node;                /* by path, in the folder's map */
	const char *path;                 /* atom, owned */
	struct claim *claims;             /* in order */
	struct claim *fresh, **fresh_end; /* what is being read */
	size_t n_fresh;
	size_t problems; /* that its last reading reported */
	bool gone;       /* to be forgotten once all is settled */
	bool dropped;    /* was gone at least once since all was settled */
	bool again;      /* was read once more for what counts now */
	bool listed;     /* seen by the last listing */
	bool whole;      /* was read to its end at least once */
};

/* An object that somebody claims, or claimed when it was handed over. */
struct known {
	struct hnode node;
	enum object_kind kind;
	const char *ns, *name; /* atoms, owned */
	const char *handed;    /* fingerprint of what the sink has, atom, owned; NULL: nothing */
	struct claim *claims;  /* in no order */
	size_t n_fresh;        /* claims in files that are being read */
	bool touched;
};

struct claims {
	struct hmap known;
	VEC(struct known *) touched;
	size_t n, n_claimed; /* claims, and objects that have one */
};

void file_init(struct file *file, const char *path);

/* Frees what it holds; it must not have claims any more. */
void file_fini(struct file *file);

/* Takes an object that stands in the file, in a document that is borrowed for the call. */
void claims_add(struct claims *claims, struct file *file, struct object *take, const struct document *doc);

/* What was added is what the file holds now; or it is forgotten, and the file holds what it held. */
void claims_commit(struct claims *claims, struct file *file);
void claims_abort(struct claims *claims, struct file *file);

/* Puts what is new or says something else than the sink has.  Returns a file that must be read again, because what
 * counts now stands there and was not kept; NULL when there is none.  Names a file only once until all is settled. */
struct file *claims_put(struct claims *claims, const struct sink *sink);

/* Reports duplicates and deletes what nobody claims any more: the end of a change. */
void claims_settle(struct claims *claims, const struct sink *sink);

/* Claims that do not count. */
size_t claims_duplicates(const struct claims *claims);

void claims_fini(struct claims *claims);

#endif
