/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What shows the API server who we are: a token, a password or a client certificate, as they are now.  A token file is
 * read again every minute and after a refusal; what a credential program gave is used until it expires or is refused.
 */
#ifndef SELVAGE_INPUT_CREDENTIAL_H
#define SELVAGE_INPUT_CREDENTIAL_H

#include <selvage/kubeconf.h>

struct credential;
struct event_base;

/* NULL for what there is none of; borrowed until the next credential_get() or credential_free(). */
struct credential_use {
	const char *token;
	const char *username, *password;
	struct kubeconf_pem cert, key;
};

/* Who waits for a credential program: told when it has answered, with NULL or why there is nothing to be had. */
struct credential_calls {
	void (*ready)(void *ctx, const struct err *err);
	void *ctx;
};

/* Borrows conf and the loop. */
struct credential *credential_new(const struct kubeconf *conf, struct event_base *base,
				  const struct credential_calls *calls);

/* For the next request.  -1 if there is none to be had; 1 if the credential program has to be asked first, which takes at
 * most 15 s: ready() is called, and what it gave is there for as long as that lasts, however soon it expires. */
int credential_get(struct credential *credential, struct credential_use *use, struct err *err)
	__attribute__((warn_unused_result));

/* The server refused what was used: get another. */
void credential_refused(struct credential *credential);

void credential_free(struct credential *credential);

#endif
