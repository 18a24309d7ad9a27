/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What shows the API server who we are: a token, a password or a client certificate, as they are now.  A token file is
 * read again every minute and after a refusal; what a credential program gave is used until it expires or is refused.
 */
#ifndef SELVAGE_INPUT_CREDENTIAL_H
#define SELVAGE_INPUT_CREDENTIAL_H

#include <selvage/kubeconf.h>

struct credential;

/* NULL for what there is none of; borrowed until the next credential_get() or credential_free(). */
struct credential_use {
	const char *token;
	const char *username, *password;
	struct kubeconf_pem cert, key;
};

/* Borrows conf. */
struct credential *credential_new(const struct kubeconf *conf);

/* For the next request.  May run the credential program and wait for it, at most 15 s.  -1 if there is none to be had. */
int credential_get(struct credential *credential, struct credential_use *use, struct err *err)
	__attribute__((warn_unused_result));

/* The server refused what was used: get another. */
void credential_refused(struct credential *credential);

void credential_free(struct credential *credential);

#endif
