/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an audit calls things. */
#ifndef SELVAGE_AUDIT_WORDS_H
#define SELVAGE_AUDIT_WORDS_H

#include <selvage/audit.h>

/* "ok", "udp-only", "broken", "unknown", "-" */
const char *audit_dns_word(enum audit_dns dns);

/* Who reaches the namespace (INGRESS), or whom it reaches: "world *", "entire cluster :8080", "db, world :443", "-".  Long:
 * all names, with their ports.  Yours to free(). */
char *audit_peers_text(const struct audit *audit, const struct audit_ns *row, enum direction direction, bool at_length);

/* ":80,443", " *" for all ports, " TCP 80; UDP 53" otherwise: to stand behind a name; yours to free(). */
char *audit_ports_suffix(const struct portset *ports);

/* What a cell of a matrix says: "all", "TCP 80", "some pairs TCP 80", "? TCP 80", "-"; yours to free(). */
char *audit_cell_text(const struct reach_cell *cell);

#endif
