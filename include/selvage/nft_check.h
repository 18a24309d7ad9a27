/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Would nft take a script?  libnftables, which is all of nft(8), runs it in a network namespace that is made for the call and
 * goes with it: the caller's ruleset is neither seen nor touched.
 */
#ifndef SELVAGE_NFT_CHECK_H
#define SELVAGE_NFT_CHECK_H

#include <selvage/err.h>

/* Runs `base` and then `script`, both as nft -f reads them.  ERR_KERNEL: `script` is refused, in nft's words.  ERR_ABSENT:
 * it cannot be checked (no libnftables, no namespace to be had, a kernel that does not take `base`), and why. */
int nft_check(const char *base, const char *script, struct err *err) __attribute__((warn_unused_result));

#endif
