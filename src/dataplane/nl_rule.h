/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules between our facts and libnftnl. */
#ifndef SELVAGE_DATAPLANE_NL_RULE_H
#define SELVAGE_DATAPLANE_NL_RULE_H

#include <libnftnl/rule.h>
#include <linux/netlink.h>

#include <selvage/fact.h>

/* Appends the attributes of a new rule at the end of the chain. */
void nl_rule_write(struct nlmsghdr *nlh, const char *chain, const struct chain_rule *rule);

struct exprs;

/* The same of expressions that no fact makes, in this table. */
void nl_exprs_write(struct nlmsghdr *nlh, const char *table, const char *chain, const struct exprs *exprs);

/* Sets `out` to what the kernel's rule says; atoms are held. */
void nl_rule_read(const struct nftnl_rule *rule, struct chain_rule *out);

/* The kernel's number of a hook, and back: false if it is none of ours. */
uint32_t nl_hook_number(enum chain_hook hook);
bool nl_hook_read(uint32_t number, enum chain_hook *out);

/* The kernel's code of a verdict, and back: false if it is none of ours. */
int nl_rule_verdict(enum verdict_kind kind);
bool nl_rule_verdict_kind(int code, enum verdict_kind *out);

#endif
