/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a name one that Kubernetes allows? */
#ifndef SELVAGE_INPUT_NAMES_H
#define SELVAGE_INPUT_NAMES_H

#include <stdbool.h>

/* What each must be, for messages. */
#define NAME_PORT                                                                                                      \
	"must be at most 15 characters of a-z, 0-9 and '-', with at least one letter, and no '-' at an end or beside " \
	"another"
#define NAME_LABEL_KEY                                                                                                \
	"a label key must be at most 63 letters, digits, '-', '_' or '.', start and end with a letter or digit, and " \
	"may have a DNS subdomain and '/' before it"
#define NAME_LABEL_VALUE                                                                                         \
	"a label value must be empty, or at most 63 letters, digits, '-', '_' or '.', and start and end with a " \
	"letter or "                                                                                             \
	"digit"

/* RFC 1123: at most 63 of a-z, 0-9 and '-', alphanumeric at both ends. */
bool name_is_label(const char *name);

/* Labels joined by dots, at most 253 bytes. */
bool name_is_subdomain(const char *name);

/* IANA service name: at most 15 of a-z, 0-9 and '-', a letter among them, no '-' at an end or beside another. */
bool name_is_port(const char *name);

/* A label key: [SUBDOMAIN/]NAME; NAME is at most 63 of letters, digits, '-', '_', '.', alphanumeric at both ends. */
bool name_is_label_key(const char *key);

/* A label value: empty, or as the name of a key. */
bool name_is_label_value(const char *value);

#endif
