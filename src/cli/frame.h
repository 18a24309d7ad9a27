/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options about the frame that a ruleset sets around the policies. */
#ifndef SELVAGE_FRAME_H
#define SELVAGE_FRAME_H

#include <selvage/compile.h>

#include "cli.h"

#define OVERLAY_OPTION                                                                             \
	{                                                                                          \
		"overlay-port", 0, "PORT,...", "the UDP ports of the overlay (default: 4789,8472)" \
	}

/* Of every command that makes a ruleset. */
#define FRAME_OPTIONS                                                                     \
	{"deny", 0, "HOW", "what becomes of a denied packet: drop (default) or reject"},  \
		{"ipvs", 0, NULL, "police what IPVS hands on, too"},                      \
		{"log-group", 0, "N", "tell NFLOG group N of some dropped packets"},      \
		{"pod-cidr", 0, "CIDR,...", "where the node's pods get their addresses"}, \
		{"unknown-pods", 0, "HOW", "addresses there of no known pod: allow (default) or deny"}, OVERLAY_OPTION

/* Reads FRAME_OPTIONS; borrows the node.  False after a message. */
bool frame_read(const struct args *args, const char *node, struct compile_config *out);

/* Reads OVERLAY_OPTION.  False after a message. */
bool frame_overlay(const struct args *args, struct overlay *out);

/* Is the option's value the second of two words, rather than the first, which is the default?  False after a message. */
bool frame_choose(const struct args *args, const char *option, const char *first, const char *second, bool *out);

#endif
