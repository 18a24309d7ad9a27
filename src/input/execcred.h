/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Credentials from a program (client.authentication.k8s.io/v1 ExecCredential). */
#ifndef SELVAGE_INPUT_EXECCRED_H
#define SELVAGE_INPUT_EXECCRED_H

#include <selvage/kubeconf.h>
#include <selvage/mono.h>

struct execcred {
	char *token, *cert, *key; /* PEM texts; NULL: none */
	bool expires;
	struct mono until; /* if it expires */
};

/* Is there a credential, and is it good for some seconds more? */
bool execcred_good(const struct execcred *cred, struct mono now);

/* Runs the program of conf and replaces what is at hand with what it gives. */
int execcred_run(struct execcred *cred, const struct kubeconf *conf, struct err *err)
	__attribute__((warn_unused_result));

void execcred_fini(struct execcred *cred);

#endif
