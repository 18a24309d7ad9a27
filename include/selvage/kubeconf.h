/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which API server, and who are we to it?  From kubeconfig files as kubectl reads them, or from the service account of
 * the pod we run in.
 */
#ifndef SELVAGE_KUBECONF_H
#define SELVAGE_KUBECONF_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/err.h>

/* Something in PEM, either the path of its file or its text; both NULL: none. */
struct kubeconf_pem {
	char *file, *text;
};

/* A program that gives credentials (client.authentication.k8s.io). */
struct kubeconf_exec {
	char *command;     /* NULL: none */
	char **args;       /* ends with NULL */
	char **env;        /* "NAME=value", ends with NULL */
	char *api_version; /* of the group above: v1 or v1beta1 */
	char *hint;        /* how to install it, or NULL */
	bool cluster_info; /* wants to know the cluster */
};

/* All strings are owned; NULL where there is none. */
struct kubeconf {
	char *context; /* NULL: the service account of the pod */
	char *server;  /* "https://10.0.0.1:6443", without a slash at its end */
	char *ns;      /* of the context; "default" if it names none */
	struct kubeconf_pem ca;
	char *tls_server_name; /* whom the server's certificate must name, if not the host of its URL */
	char *proxy;
	bool insecure; /* the server's certificate is not verified: worth a warning */
	struct kubeconf_pem cert, key;
	char *token, *token_file; /* what the file says counts, as long as it can be read */
	char *username, *password;
	struct kubeconf_exec exec;
};

/* Where to look; NULL for what is not said. */
struct kubeconf_from {
	const char *file;        /* --kubeconfig */
	const char *context;     /* --context */
	const char *service_dir; /* of the service account; by default where Kubernetes mounts it */
};

/*
 * Reads --kubeconfig; else the files of $KUBECONFIG, where of two with the same name the first counts; else
 * ~/.kube/config; else, in a pod, its service account.  Yours to kubeconf_fini(), which is done already after -1.
 * ERR_ABSENT: no file, context, cluster or user of that name; ERR_INPUT: it cannot be understood; ERR_IO, ERR_PERM.
 * No secret gets into err.
 */
int kubeconf_load(const struct kubeconf_from *from, struct kubeconf *conf, struct err *err)
	__attribute__((warn_unused_result));

void kubeconf_fini(struct kubeconf *conf);

#endif
