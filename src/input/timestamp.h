/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times as the Kubernetes API writes them (RFC 3339). */
#ifndef SELVAGE_INPUT_TIMESTAMP_H
#define SELVAGE_INPUT_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

/* "2024-05-01T12:00:00Z", with a fraction or another zone if need be, as seconds since 1970; false if it is no time. */
bool timestamp_parse(const char *text, int64_t *seconds);

#endif
