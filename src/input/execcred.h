/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Credentials from a program (client.authentication.k8s.io/v1 ExecCredential). */
#ifndef SELVAGE_INPUT_EXECCRED_H
#define SELVAGE_INPUT_EXECCRED_H

#include <selvage/kubeconf.h>
#include <selvage/mono.h>

#include "plugin.h"

struct execcred {
	char *token, *cert, *key; /* PEM texts; NULL: none */
	bool expires;
	struct mono until; /* if it expires */
};

/* Is there a credential, and is it good for some seconds more? */
bool execcred_good(const struct execcred *cred, struct mono now);

/* Begins to ask the program of conf; done() is to give what it said to execcred_read(). */
struct plugin *execcred_ask(const struct kubeconf *conf, struct event_base *base,
			    void (*done)(void *ctx, char *text, size_t size, const struct err *err), void *ctx,
			    struct err *err);

/* Replaces what is at hand with what the program said, and wipes that; or says why not: `failed`, if text is NULL. */
int execcred_read(struct execcred *cred, const struct kubeconf *conf, char *text, size_t size, const struct err *failed,
		  struct err *err) __attribute__((warn_unused_result));

void execcred_fini(struct execcred *cred);

#endif
