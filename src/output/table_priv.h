/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writers of a table share. */
#ifndef SELVAGE_TABLE_PRIV_H
#define SELVAGE_TABLE_PRIV_H

#include <selvage/table.h>
#include <selvage/vec.h>

struct table_cell {
	char *text; /* safe for terminals; NULL: empty */
	enum tint tint;
};

struct table {
	const struct table_column *columns;
	size_t n_columns;
	VEC(struct table_cell) cells; /* by rows, n_columns each */
	size_t next;                  /* the column that table_cell() sets */
};

/* For terminals. */
void table_text(const struct table *table, const struct table_form *form, FILE *out);

#endif
