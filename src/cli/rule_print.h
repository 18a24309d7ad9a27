/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of policies in words. */
#ifndef SELVAGE_RULE_PRINT_H
#define SELVAGE_RULE_PRINT_H

#include <selvage/object.h>

/* "pods app=web of shop", "pods app=web of namespaces team=x", "10.0.0.0/8 but 10.1.0.0/16", "nobody".  Yours. */
char *peer_text(const struct policy *policy, const struct peer *peer);

/* "TCP 80,8000-8009; UDP dns", "all".  Yours. */
char *rule_ports_text(const struct rule *rule);

#endif
