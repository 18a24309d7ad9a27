/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Documents to objects: Pod, Namespace, NetworkPolicy, for a wide sink those of resource.h, and Lists of them.  null, absent,
 * [] and {} are told apart as the API server does.  Kinds that selvage does not use are skipped silently.
 *
 * A NetworkPolicy is decoded strictly: what cannot be understood is a problem with its path, and closes: an unclear peer
 * matches nobody, an unclear port nothing, an unclear rule admits nobody, an unclear podSelector selects the whole
 * namespace, unclear policyTypes isolate both ways; `broken` is set.  Everything else is read leniently: only a wrong
 * type in a field that we use is a problem.  An object without a usable name is a problem and nothing else.
 */
#ifndef SELVAGE_DECODE_H
#define SELVAGE_DECODE_H

#include <selvage/manifest.h>
#include <selvage/sink.h>

/* Hands every object and problem of a document to the sink (put and problem only). */
void decode_document(const struct document *doc, const struct sink *sink);

#endif
