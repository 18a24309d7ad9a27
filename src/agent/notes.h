/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of lines "PATH VALUE" that outlives the agent: what it changed on this machine, and how that was before. */
#ifndef SELVAGE_AGENT_NOTES_H
#define SELVAGE_AGENT_NOTES_H

/* Notes the value that a switch had, unless something is noted of it already; makes the file's folder if need be.  -1 with
 * errno. */
int notes_add(const char *file, const char *path, char value);

/* Calls for each note; -1 with errno if the file cannot be read. */
int notes_each(const char *file, void (*each)(void *ctx, const char *path, char value), void *ctx);

#endif
