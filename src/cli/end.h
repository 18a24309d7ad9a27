/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One end of a connection, as the user names it: a pod, a workload, a Service, an address, a range, the world. */
#ifndef SELVAGE_END_H
#define SELVAGE_END_H

#include <selvage/err.h>
#include <selvage/resource.h>
#include <selvage/vec.h>

enum end_kind { END_POD, END_WORKLOAD, END_SERVICE, END_ADDRESS, END_RANGE, END_WORLD };

/* A part of an end about which one answer can be given. */
struct spot {
	struct ip_range at;    /* one address, or neighbours that are all alike */
	const struct pod *pod; /* the pod that is meant, or that has the address; NULL: none */
	uint16_t port;         /* of a receiver, where it is asked */
	char *unknown;         /* why nothing can be said of it; NULL: something can */
};

struct spots {
	VEC(struct spot);
};

struct end {
	enum end_kind kind;
	char *name; /* "shop/web-0", "deployment shop/web", "10.0.0.0/8", "world" */
	char *via;  /* "Service shop/db 10.96.3.2:5432 -> 5432", or NULL */
	struct spots spots;
};

/* What an end is looked up in, and for what. */
struct end_query {
	const struct store *store;
	const char *ns; /* of names without one */
	uint8_t proto;  /* of the connection; PROTO_ANY: an ICMP echo request */
	uint16_t port;  /* 0 with a protocol: none was given */
	bool receiver;  /* Services receive only */
};

/*
 * Finds it: NS/POD, pod/NAME, NAME, KIND/NAME, NS/KIND/NAME (kinds of workloads and kubectl's short names for them),
 * svc/NAME, an address, a CIDR, "world".  NS/NAME that is no pod is a Service, if there is one and it receives.  -1 with
 * ERR_INPUT; with ERR_ABSENT: there is no such thing, and what there is instead; with ERR_UNSURE: nothing can be said.
 * Yours to end_fini(); names are borrowed from the store.
 */
int end_find(const struct end_query *query, const char *text, struct end *out, struct err *err)
	__attribute__((warn_unused_result));
void end_fini(struct end *end);

/* What the finders share. */

/* A pod's spot for each family, or one that says why there is none. */
void end_add_pod(const struct store *store, const struct pod *pod, uint16_t port, struct spots *spots);

/* "there is no KIND NS/NAME; did you mean NS/OTHER?" */
int end_absent(const struct store *store, enum object_kind kind, const char *ns, const char *name, struct err *err);

/* The workload's kind that a word names: "deploy", "deployment", "deployments.apps"; -1: none. */
int end_workload_kind(const char *word);
int end_workload(const struct end_query *query, enum object_kind kind, const char *ns, const char *name,
		 struct end *out, struct err *err) __attribute__((warn_unused_result));
int end_service(const struct end_query *query, const struct service *service, struct end *out, struct err *err)
	__attribute__((warn_unused_result));

/* Cuts a range where policies, pods and nodes make a difference; leaves out what pods have if `outside`. */
void end_cut(const struct store *store, const struct ip_range *range, bool outside, uint16_t port, struct spots *out);

#endif
