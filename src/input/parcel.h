/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What decoding a document gave, kept until it is time to hand it over. */
#ifndef SELVAGE_INPUT_PARCEL_H
#define SELVAGE_INPUT_PARCEL_H

#include <jansson.h>

#include <selvage/sink.h>

struct parcel;

/* The objects and problems of a document, wide ones too if asked (sink.h); borrows root for the call. */
struct parcel *parcel_new(json_t *root, bool wide);

/* What is wrong with the document; borrowed from the parcel. */
const struct problem *parcel_problems(const struct parcel *parcel, size_t *n);

/* Hands the objects to a sink, and the problems if it does not ask for flaws; frees the parcel. */
void parcel_deliver(struct parcel *parcel, const struct sink *sink);

/* Frees what was not handed over; NULL is allowed. */
void parcel_free(struct parcel *parcel);

#endif
