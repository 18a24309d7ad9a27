/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which number has what many parts of an audit speak of? */
#include <stdlib.h>

#include <selvage/json_print.h>

#include "audit_json.h"
#include "audit_write.h"

json_t *audit_ports_json(const struct portset *ports)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ports->n; i++) {
		const struct portcell *cell = &ports->at[i];
		json_t *one = json_object();

		json_object_set_new(one, "proto",
				    json_string(cell->proto == PROTO_ANY ? "any" : proto_name(cell->proto)));
		if (cell->proto != PROTO_ANY) {
			json_object_set_new(one, "from", json_integer(cell->lo));
			json_object_set_new(one, "to", json_integer(cell->hi));
		}
		json_array_append_new(list, one);
	}
	return list;
}

json_t *audit_integer(size_t n)
{
	return json_integer((json_int_t)n);
}

static size_t *number_slot(struct numbers *numbers, uintptr_t key)
{
	size_t i = (size_t)((key >> 3) * 0x9e3779b97f4a7c15ULL >> 20) & (numbers->slots - 1);

	while (numbers->at[i].key && numbers->at[i].key != key)
		i = (i + 1) & (numbers->slots - 1);
	if (!numbers->at[i].key) {
		numbers->at[i] = (struct number){key, SIZE_MAX};
		numbers->n++;
	}
	return &numbers->at[i].value;
}

static void numbers_grow(struct numbers *numbers)
{
	struct numbers more = {.slots = numbers->slots ? numbers->slots * 2 : 64};

	more.at = mem_new(more.slots, sizeof *more.at);
	for (size_t i = 0; i < numbers->slots; i++)
		if (numbers->at[i].key)
			*number_slot(&more, numbers->at[i].key) = numbers->at[i].value;
	free(numbers->at);
	*numbers = more;
}

size_t *audit_number_of(struct numbers *numbers, uintptr_t key)
{
	if (numbers->n * 2 >= numbers->slots)
		numbers_grow(numbers);
	return number_slot(numbers, key);
}

size_t audit_number_of_ports(struct audit_page *page, const struct portset *ports)
{
	size_t *number = audit_number_of(&page->port_numbers, (uintptr_t)ports);

	if (*number == SIZE_MAX) {
		*number = json_array_size(page->ports);
		json_array_append_new(page->ports, audit_ports_json(ports));
	}
	return *number;
}

size_t audit_number_of_cell(struct audit_page *page, const struct reach_cell *cell)
{
	size_t ports[] = {audit_number_of_ports(page, cell->every), audit_number_of_ports(page, cell->some),
			  audit_number_of_ports(page, cell->maybe)};
	size_t *number = audit_number_of(&page->cell_numbers,
					 (((uintptr_t)ports[0] << 42 | (uintptr_t)ports[1] << 21 | ports[2]) << 4) + 8);

	if (*number == SIZE_MAX) {
		json_t *one = json_object();

		*number = json_array_size(page->cells);
		json_object_set_new(one, "every", audit_integer(ports[0]));
		json_object_set_new(one, "some", audit_integer(ports[1]));
		json_object_set_new(one, "maybe", audit_integer(ports[2]));
		json_array_append_new(page->cells, one);
	}
	return *number;
}

size_t audit_number_of_policy(struct audit_page *page, const struct policy *policy)
{
	size_t *number = audit_number_of(&page->policy_numbers, (uintptr_t)policy);

	if (*number == SIZE_MAX) {
		json_t *one = json_object();

		*number = json_array_size(page->policies);
		json_object_set_new(one, "namespace", json_text(policy->object.ns));
		json_object_set_new(one, "name", json_text(policy->object.name));
		json_array_append_new(page->policies, one);
	}
	return *number;
}
