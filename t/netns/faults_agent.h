/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Agents of whom one may be too careless. */
#ifndef FAULTS_AGENT_H
#define FAULTS_AGENT_H

#include <stdbool.h>

#include <selvage/sink.h>

#define FAULTS_NODE "n1"

/* An agent, real or not. */
struct kind {
	void *(*open)(bool shared, struct sink *sink);
	void (*close)(void *agent);
	void (*hear)(void *agent);
	void (*cut)(void *agent);
	bool (*turn)(void *agent);           /* claims that the kernel holds what is wanted */
	const char *(*unready)(void *agent); /* and otherwise why not */
};

/* The agent of this tree, and, known bad, one that looks at no error. */
extern const struct kind kind_real, kind_careless;

#endif
