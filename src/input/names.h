/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a name one that Kubernetes allows? */
#ifndef SELVAGE_INPUT_NAMES_H
#define SELVAGE_INPUT_NAMES_H

#include <stdbool.h>

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
