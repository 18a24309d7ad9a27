/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An audit as JSON, part by part.  What many parts speak of, sets of ports, cells of the matrix and policies, is written once;
 * elsewhere stands its number.  All results are yours to json_decref().
 */
#ifndef SELVAGE_AUDIT_JSON_H
#define SELVAGE_AUDIT_JSON_H

#include <jansson.h>

#include "audit_report.h"

/* Numbers for pointers, in the order in which they are met. */
struct numbers {
	struct number {
		uintptr_t key;
		size_t value;
	} * at; /* open addressing, a power of two of slots, key 0: free */
	size_t n, slots;
};

/* What is written. */
struct audit_page {
	const struct audit_report *report;
	const struct audit *audit;
	struct numbers port_numbers, cell_numbers, policy_numbers;
	json_t *ports, *cells, *policies;
};

json_t *audit_integer(size_t n);

/* A count, null if it could be more. */
json_t *audit_count_json(size_t n, bool known);

/* The number of a pointer; SIZE_MAX, to be set, if it has none. */
size_t *audit_number_of(struct numbers *numbers, uintptr_t key);

/* The number of what is written, now, if it was not. */
size_t audit_number_of_ports(struct audit_page *page, const struct portset *ports);
size_t audit_number_of_cell(struct audit_page *page, const struct reach_cell *cell);
size_t audit_number_of_policy(struct audit_page *page, const struct policy *policy);

/* The namespaces that are shown, and the workloads of all. */
json_t *audit_namespaces_json(const struct audit_page *page);
json_t *audit_workloads_json(const struct audit *audit);

/* {"namespaces": [name, null for what is outside], "cells": [...], "rows": [[number of a cell, -1: no pair]]} */
json_t *audit_matrix_json(struct audit_page *page);

/* Adds all classes, and what their regimes say; pods in none are on the host network. */
void audit_add_classes(struct audit_page *page, json_t *root);

/* Adds the rules, and the texts of the ready policies they name, for namespace NAMESPACE. */
void audit_add_rules(const struct audit_report *report, json_t *root);

#endif
