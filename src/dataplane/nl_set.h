/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets and their elements between our facts and libnftnl. */
#ifndef SELVAGE_DATAPLANE_NL_SET_H
#define SELVAGE_DATAPLANE_NL_SET_H

#include "nl_priv.h"

/* Appends the attributes of a new set. */
void nl_set_write(struct nlmsghdr *nlh, const struct fact *f);

/* Appends n elements of one set. */
void nl_set_elements_write(struct nlmsghdr *nlh, const struct nl_set *set, const struct fact *first, size_t n,
			   bool add);

/* Reads a set; false for those that live and die with a rule. */
bool nl_set_read(const struct nlmsghdr *nlh, struct fact *out);

/* What we know of a set; asks the kernel the first time.  Borrowed until the set goes.  NULL with ERR_KERNEL if it is
 * not there. */
const struct nl_set *nl_set_known(struct nl *nl, const char *name, struct err *err);

/* Appends the elements of a set, sorted.  A set whose elements we could not have written becomes KEY_OTHER. */
int nl_set_elements_read(struct nl *nl, struct fact *set, struct facts *out, struct err *err)
	__attribute__((warn_unused_result));

/* nft's number of a key type. */
uint32_t nl_set_type(enum key_type key);

#endif
