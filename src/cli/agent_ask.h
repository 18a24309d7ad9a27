/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent of this node says of itself. */
#ifndef SELVAGE_AGENT_ASK_H
#define SELVAGE_AGENT_ASK_H

#include <selvage/status.h>

/* The status document (status.h) of the agent that listens on a unix socket; NULL with ERR_ABSENT if nobody does, ERR_PERM if
 * it is not for us, ERR_IO or ERR_INPUT if it makes no sense. */
json_t *agent_ask(const char *socket, struct err *err);

#endif
