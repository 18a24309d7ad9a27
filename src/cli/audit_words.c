/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How are peers and ports put into few words? */
#include "audit_words.h"

#include <stdio.h>
#include <stdlib.h>

#include <selvage/text.h>

#define NAMES_SHOWN 2

const char *audit_dns_word(enum audit_dns dns)
{
	switch (dns) {
	case AUDIT_DNS_UNUSED:
		return "-";
	case AUDIT_DNS_OK:
		return "ok";
	case AUDIT_DNS_UDP_ONLY:
		return "udp-only";
	case AUDIT_DNS_BROKEN:
		return "broken";
	case AUDIT_DNS_UNKNOWN:
		return "unknown";
	}
	return "unknown";
}

static bool is_plain_tcp(const struct portset *ports)
{
	for (size_t i = 0; i < ports->n; i++)
		if (ports->at[i].proto != PROTO_TCP || (ports->at[i].lo == 0 && ports->at[i].hi == 0xffff))
			return false;
	return ports->n > 0;
}

static void print_suffix(const struct portset *ports, FILE *out)
{
	if (portset_is_all(ports)) {
		fputs(" *", out);
	} else if (is_plain_tcp(ports)) {
		for (size_t i = 0; i < ports->n; i++) {
			fprintf(out, "%s%u", i ? "," : " :", ports->at[i].lo);
			if (ports->at[i].hi != ports->at[i].lo)
				fprintf(out, "-%u", ports->at[i].hi);
		}
	} else {
		fputc(' ', out);
		portset_print(ports, out);
	}
}

char *audit_ports_suffix(const struct portset *ports)
{
	char *text;
	size_t size;
	FILE *out = text_open(&text, &size);

	print_suffix(ports, out);
	text_close(out);
	return text;
}

char *audit_cell_text(const struct reach_cell *cell)
{
	char *text;
	size_t size;
	FILE *out = text_open(&text, &size);

	if (!cell->pairs || !cell->maybe->n) {
		fputs("-", out);
	} else {
		const struct portset *ports = cell->some->n ? cell->some : cell->maybe;

		if (!cell->some->n)
			fputs("? ", out);
		else if (cell->some != cell->every)
			fputs("some pairs ", out);
		portset_print(ports, out);
	}
	text_close(out);
	return text;
}

/* What is open to or from the rest of the world, which no ipBlock names. */
static const struct portset *rest_of_world(const struct audit *audit, const struct audit_ns *row,
					   enum direction direction)
{
	const struct reach_ns *spaces;
	const struct reach_class *classes;
	const struct portset *sum = NULL;
	size_t n;

	spaces = reach_namespaces(audit->reach, &n);
	classes = reach_classes(audit->reach, &n);
	for (size_t c = spaces[row->index].first; c < spaces[row->index].first + spaces[row->index].n; c++)
		for (size_t o = n; o-- > 0 && !classes[o].ns;) {
			size_t from = direction == DIRECTION_EGRESS ? c : o, to = direction == DIRECTION_EGRESS ? o : c;
			uint8_t families = classes[o].rest ? reach_families(audit->reach, REACH_BEFORE, from, to) : 0;

			for (int f = 0; f < FAMILY_COUNT; f++) {
				struct reach_link link;

				if (!(families & 1U << f))
					continue;
				link = reach_ports(audit->reach, REACH_BEFORE, from, to, (enum family)f);
				sum = sum ? reach_union(audit->reach, sum, link.both.open) : link.both.open;
			}
		}
	return sum && sum->n ? sum : NULL;
}

static const struct reach_cell *cell_at(const struct audit *audit, const struct audit_ns *row, size_t peer,
					enum direction direction)
{
	return direction == DIRECTION_EGRESS ? &audit->cells[row->index * audit->n_cells + peer]
					     : &audit->cells[peer * audit->n_cells + row->index];
}

/* Who is at the other side of a namespace. */
struct peers {
	size_t n, open;                        /* other namespaces, and with how many something is open */
	const struct portset *cluster;         /* what is open with some, together */
	bool uniform;                          /* the same with each of them */
	const struct portset *world, *outside; /* NULL: nothing */
};

static struct peers peers_of(const struct audit *audit, const struct audit_ns *row, enum direction direction)
{
	struct peers peers = {.uniform = true};
	const struct reach_cell *outside = cell_at(audit, row, audit->n_cells - 1, direction);

	for (size_t p = 0; p + 1 < audit->n_cells; p++) {
		const struct reach_cell *cell = cell_at(audit, row, p, direction);

		if (p == row->index || !cell->pairs)
			continue;
		peers.n++;
		peers.uniform &= !peers.cluster || peers.cluster == cell->some;
		if (cell->maybe->n) {
			peers.open++;
			peers.cluster =
				peers.cluster ? reach_union(audit->reach, peers.cluster, cell->some) : cell->some;
		}
	}
	if (outside->pairs && outside->some->n) {
		peers.world = rest_of_world(audit, row, direction);
		peers.outside = peers.world ? NULL : outside->some;
	}
	return peers;
}

static void print_names(const struct audit *audit, const struct audit_ns *row, enum direction direction,
			const struct peers *peers, bool at_length, FILE *out)
{
	const struct reach_ns *spaces;
	size_t n, shown = 0;

	spaces = reach_namespaces(audit->reach, &n);
	for (size_t p = 0; p + 1 < n; p++) {
		const struct reach_cell *cell = cell_at(audit, row, p, direction);

		if (p == row->index || !cell->pairs || !cell->maybe->n)
			continue;
		if (!at_length && shown == NAMES_SHOWN && peers->open > NAMES_SHOWN + 1)
			break;
		fprintf(out, "%s%s%s", shown ? ", " : "", spaces[p].name, cell->some->n ? "" : "?");
		if (at_length)
			print_suffix(cell->maybe, out);
		shown++;
	}
	if (shown < peers->open)
		fprintf(out, " +%zu", peers->open - shown);
}

/* Does "world *" say it all? */
static bool is_whole_world(const struct peers *peers)
{
	if (!peers->world || !portset_is_all(peers->world))
		return false;
	return !peers->n || (peers->open == peers->n && portset_is_all(peers->cluster));
}

char *audit_peers_text(const struct audit *audit, const struct audit_ns *row, enum direction direction, bool at_length)
{
	struct peers peers = {0};
	char *text;
	size_t size;
	FILE *out = text_open(&text, &size);
	const struct portset *away;

	if (!audit_knows(audit, OBJECT_POLICY) || !audit_knows(audit, OBJECT_POD)) {
		fputc('?', out);
		text_close(out);
		return text;
	}
	if (row->index != SIZE_MAX)
		peers = peers_of(audit, row, direction);
	away = peers.world ? peers.world : peers.outside;
	if (!is_whole_world(&peers)) {
		if (peers.open && peers.open == peers.n && peers.n > 1 && peers.uniform && peers.cluster->n) {
			fputs("entire cluster", out);
			print_suffix(peers.cluster, out);
		} else if (peers.open) {
			print_names(audit, row, direction, &peers, at_length, out);
		}
	}
	if (away) {
		fprintf(out, "%s%s", ftell(out) ? ", " : "", peers.world ? "world" : "outside");
		print_suffix(away, out);
	}
	if (!ftell(out))
		fputc('-', out);
	text_close(out);
	return text;
}
