/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program beside the event loop and takes what it writes to standard output. */
#ifndef SELVAGE_INPUT_PLUGIN_H
#define SELVAGE_INPUT_PLUGIN_H

#include <stddef.h>

#include <selvage/err.h>

struct event_base;
struct plugin;

struct plugin_setup {
	struct event_base *base; /* borrowed */
	/* argv[0] is looked up in $PATH; both end with NULL, and are needed for the call only. */
	char *const *argv, *const *env;
	int seconds; /* it may take; then it is killed */
	/* Once, when it has ended: what it wrote, which ends with a NUL that `size` does not count, to be read and
	 * overwritten until plugin_free(); or NULL and why it failed. */
	void (*done)(void *ctx, char *text, size_t size, const struct err *err);
	void *ctx;
};

/* NULL if it cannot be started; ERR_ABSENT if it is not there. */
struct plugin *plugin_start(const struct plugin_setup *setup, struct err *err);

/* From done() on, or before: then it is killed, and done() is not called.  NULL is allowed. */
void plugin_free(struct plugin *plugin);

#endif
