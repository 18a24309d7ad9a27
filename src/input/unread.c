/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which parts of an object does nobody read, so that no tree has to be made of them?  They are most of a pod's text. */
#include <string.h>

#include "unread.h"

/* clang-format off */
#define CONTAINER_PARTS                                                                                        \
	{"args", "command", "env", "envFrom", "lifecycle", "livenessProbe", "readinessProbe", "resizePolicy",   \
	 "resources", "securityContext", "startupProbe", "volumeDevices", "volumeMounts"}
/* clang-format on */

static const char *const kinds[] = {
	"Pod", "ReplicaSet", "Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob", "ReplicationController",
};

static const struct {
	const char *under, *keys[16];
} parts[] = {
	{"metadata", {"managedFields"}},
	{"spec",
	 {"affinity", "dnsConfig", "ephemeralContainers", "hostAliases", "imagePullSecrets", "nodeSelector", "overhead",
	  "readinessGates", "resourceClaims", "schedulingGates", "securityContext", "tolerations",
	  "topologySpreadConstraints", "volumeClaimTemplates"}},
	{"containers", CONTAINER_PARTS},
	{"initContainers", CONTAINER_PARTS},
	{"status",
	 {"containerStatuses", "ephemeralContainerStatuses", "initContainerStatuses", "resourceClaimStatuses"}},
};

static bool word_is(const char *word, size_t n, const char *text)
{
	return !strncmp(word, text, n) && !text[n];
}

bool unread_kind(const char *kind, size_t n)
{
	static const char tail[] = "List";

	if (n > sizeof tail - 1 && !memcmp(kind + n - (sizeof tail - 1), tail, sizeof tail - 1))
		n -= sizeof tail - 1;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (word_is(kind, n, kinds[i]))
			return true;
	return false;
}

bool unread(const char *under, size_t n_under, const char *key, size_t n_key)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!word_is(under, n_under, parts[i].under))
			continue;
		for (const char *const *p = parts[i].keys; *p; p++)
			if (word_is(key, n_key, *p))
				return true;
	}
	return false;
}
