/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does every pair of two ends fare, and which pairs fare alike? */
#include "answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spot_print.h"

#define PROTO_ICMP 1
#define PROTO_ICMP6 58
#define PAIRS_MAX 4000000 /* more would take minutes */

/* A way in which a pair may fare; pairs with equal cells belong together. */
struct cell {
	enum answer_state state;
	const char *why;
	struct packet packet;
	struct verdict verdict;
	struct policy_list isolating[DIRECTION_COUNT];
	struct miss miss[DIRECTION_COUNT];
};

/* The pairs of one family: which cell each is, by rows of senders. */
struct matrix {
	const struct store *store;
	struct verdict_index *index;
	struct spot_list from, to;
	VEC(struct cell) cells;
	size_t *at; /* from.n * to.n indexes of cells */
	uint8_t family, proto;
	bool first; /* the first family that is asked: those of unknown addresses are asked with it */
};

static bool policies_eq(const struct policy_list *a, const struct policy_list *b)
{
	return a->n == b->n && (!a->n || !memcmp(a->at, b->at, a->n * sizeof *a->at));
}

static bool ruling_eq(const struct ruling *a, const struct ruling *b)
{
	return !a->pod == !b->pod && a->isolated == b->isolated && a->allowed == b->allowed && a->rule == b->rule &&
	       a->peer == b->peer && a->port == b->port;
}

static bool miss_eq(const struct miss *a, const struct miss *b)
{
	return a->rule == b->rule && a->peer == b->peer && a->port == b->port && a->failed == b->failed;
}

static bool cell_eq(const struct cell *a, const struct cell *b)
{
	if (a->state != b->state)
		return false;
	if (a->state == ANSWER_UNKNOWN)
		return !strcmp(a->why, b->why);
	if (a->packet.port != b->packet.port || a->verdict.why != b->verdict.why ||
	    !ruling_eq(&a->verdict.egress, &b->verdict.egress) || !ruling_eq(&a->verdict.ingress, &b->verdict.ingress))
		return false;
	for (int d = 0; d < DIRECTION_COUNT; d++)
		if (!policies_eq(&a->isolating[d], &b->isolating[d]) || !miss_eq(&a->miss[d], &b->miss[d]))
			return false;
	return true;
}

static void cell_fini(struct cell *cell)
{
	for (int d = 0; d < DIRECTION_COUNT; d++)
		vec_free(&cell->isolating[d]);
}

static void fill(const struct matrix *matrix, const struct spot *from, const struct spot *to, struct cell *out)
{
	const struct pod *pods[DIRECTION_COUNT];

	*out = (struct cell){.why = from->unknown ? from->unknown : to->unknown};
	out->state = ANSWER_UNKNOWN;
	if (out->why)
		return;
	out->packet = (struct packet){from->at.lo, to->at.lo, matrix->proto, to->port};
	out->verdict = verdict_index_of(matrix->index, &out->packet);
	out->state = out->verdict.allowed ? ANSWER_ALLOWED : ANSWER_DENIED;
	pods[DIRECTION_EGRESS] = out->verdict.egress.pod;
	pods[DIRECTION_INGRESS] = out->verdict.ingress.pod;
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		if (pods[d])
			verdict_isolating(matrix->store, pods[d], (enum direction)d, &out->isolating[d]);
		out->miss[d] = verdict_miss(matrix->store, &out->packet, (enum direction)d);
	}
}

static size_t cell_index(struct matrix *matrix, const struct spot *from, const struct spot *to)
{
	struct cell cell;

	fill(matrix, from, to, &cell);
	for (size_t i = 0; i < matrix->cells.n; i++) {
		if (cell_eq(&matrix->cells.at[i], &cell)) {
			cell_fini(&cell);
			return i;
		}
	}
	*vec_add(&matrix->cells) = cell;
	return matrix->cells.n - 1;
}

/* The spots of a family, and those without an address. */
static void choose(const struct end *end, const struct matrix *matrix, struct spot_list *out)
{
	for (size_t i = 0; i < end->spots.n; i++) {
		const struct spot *spot = &end->spots.at[i];

		if (spot->unknown ? matrix->first : spot->at.lo.family == matrix->family)
			*vec_add(out) = spot;
	}
}

/* Senders and receivers of which every pair is in one cell. */
struct block {
	size_t cell;
	struct spot_list from, to;
};

struct blocks {
	VEC(struct block);
};

static bool lists_eq(const struct spot_list *a, const struct spot_list *b)
{
	return a->n == b->n && (!a->n || !memcmp(a->at, b->at, a->n * sizeof *a->at));
}

/* The senders that fare in this way with a receiver. */
static void column_take(const struct matrix *m, size_t column, size_t cell, struct spot_list *out)
{
	*out = (struct spot_list){VEC_EMPTY};
	for (size_t row = 0; row < m->from.n; row++)
		if (m->at[row * m->to.n + column] == cell)
			*vec_add(out) = m->from.at[row];
}

/* Adds a receiver to the block of the same senders, or a block. */
static void blocks_add(const struct matrix *m, size_t column, size_t cell, struct blocks *blocks)
{
	struct spot_list from;
	size_t i = 0;

	column_take(m, column, cell, &from);
	while (i < blocks->n && (blocks->at[i].cell != cell || !lists_eq(&blocks->at[i].from, &from)))
		i++;
	if (i < blocks->n)
		vec_free(&from);
	else
		*vec_add(blocks) = (struct block){.cell = cell, .from = from};
	*vec_add(&blocks->at[i].to) = m->to.at[column];
}

/* Is it the first of its cell in the column? */
static bool is_first(const struct matrix *m, size_t row, size_t column)
{
	for (size_t above = 0; above < row; above++)
		if (m->at[above * m->to.n + column] == m->at[row * m->to.n + column])
			return false;
	return true;
}

/* The answer's own copy of what a cell says, of its own first pair. */
static void answer_fill(struct matrix *m, struct answer *answer, const struct answers *all)
{
	struct cell cell;

	fill(m, answer->from.at[0], answer->to.at[0], &cell);
	answer->state = cell.state;
	answer->why = cell.why;
	answer->family = m->family;
	answer->packet = cell.packet;
	answer->verdict = cell.verdict;
	answer->via = all->to.via;
	memcpy(answer->isolating, cell.isolating, sizeof cell.isolating);
	memcpy(answer->miss, cell.miss, sizeof cell.miss);
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		bool in = d == DIRECTION_INGRESS;

		answer->miss[d].packet = &answer->packet;
		answer->miss[d].address = in ? &answer->packet.from : &answer->packet.to;
	}
	answer->from_name = spots_name(&all->from, &m->from, &answer->from);
	answer->to_name = spots_name(&all->to, &m->to, &answer->to);
}

static void take_answers(struct matrix *m, struct answers *out)
{
	struct blocks blocks = {VEC_EMPTY};

	for (size_t column = 0; column < m->to.n; column++)
		for (size_t row = 0; row < m->from.n; row++)
			if (is_first(m, row, column))
				blocks_add(m, column, m->at[row * m->to.n + column], &blocks);
	for (size_t i = 0; i < blocks.n; i++) {
		struct answer *answer = mem_new(1, sizeof *answer);

		answer->from = blocks.at[i].from;
		answer->to = blocks.at[i].to;
		answer_fill(m, answer, out);
		*vec_add(out) = answer;
	}
	vec_free(&blocks);
}

static int ask_family(struct matrix *m, struct answers *out, struct err *err)
{
	choose(&out->from, m, &m->from);
	choose(&out->to, m, &m->to);
	if (m->from.n && m->to.n > PAIRS_MAX / m->from.n)
		return err_set(err, ERR_INPUT, "%zu senders and %zu receivers are more than can be asked about",
			       m->from.n, m->to.n);
	m->at = mem_new(m->from.n * m->to.n + 1, sizeof *m->at);
	for (size_t r = 0; r < m->from.n; r++)
		for (size_t c = 0; c < m->to.n; c++)
			m->at[r * m->to.n + c] = cell_index(m, m->from.at[r], m->to.at[c]);
	take_answers(m, out);
	return 0;
}

static void matrix_fini(struct matrix *m)
{
	for (size_t i = 0; i < m->cells.n; i++)
		cell_fini(&m->cells.at[i]);
	vec_free(&m->cells);
	vec_free(&m->from);
	vec_free(&m->to);
	free(m->at);
}

static void answer_free(struct answer *answer)
{
	for (int d = 0; d < DIRECTION_COUNT; d++)
		vec_free(&answer->isolating[d]);
	vec_free(&answer->from);
	vec_free(&answer->to);
	free(answer->from_name);
	free(answer->to_name);
	free(answer);
}

/* The first address there is among the receivers: clients use its family first. */
static uint8_t first_family(const struct end *end)
{
	for (size_t i = 0; i < end->spots.n; i++)
		if (!end->spots.at[i].unknown)
			return end->spots.at[i].at.lo.family;
	return FAMILY_4;
}

/* Does it mean the same things in both families, so that one answer may stand for both? */
static bool is_of_pods(const struct end *end)
{
	return end->kind == END_POD || end->kind == END_WORKLOAD || end->kind == END_SERVICE;
}

/* "Pods of two families are asked about in both": drops the answers from n on if they are those before it. */
static void drop_repeated(struct answers *answers, size_t n)
{
	bool same = answers->n == 2 * n && is_of_pods(&answers->from) && is_of_pods(&answers->to);

	for (size_t i = 0; same && i < n; i++)
		same = answers->at[i]->state == answers->at[n + i]->state;
	for (size_t i = n; i < answers->n; i++) {
		answers->at[i]->second = is_of_pods(&answers->from) && is_of_pods(&answers->to);
		if (same)
			answer_free(answers->at[i]);
	}
	if (same)
		answers->n = n;
}

static int ask(const struct store *store, struct verdict_index *index, struct answers *out, struct err *err)
{
	uint8_t first = first_family(&out->to);
	int rc = 0;

	for (uint8_t i = 0; i < FAMILY_COUNT && !rc; i++) {
		struct matrix m = {
			.store = store, .index = index, .family = i ? !first : first, .first = !i, .proto = out->proto};
		size_t before = out->n;

		if (m.proto == PROTO_ANY)
			m.proto = m.family == FAMILY_4 ? PROTO_ICMP : PROTO_ICMP6;
		rc = ask_family(&m, out, err);
		matrix_fini(&m);
		if (before)
			drop_repeated(out, before);
	}
	if (!rc && !out->n)
		return err_set(err, ERR_UNSURE, "%s and %s have no address of the same family", out->from.name,
			       out->to.name);
	return rc;
}

struct answers *answers_new(const struct store *store, struct verdict_index *index, const char *ns,
			    const struct asked *asked, struct err *err)
{
	struct answers *answers = mem_new(1, sizeof *answers);
	struct end_query query = {store, ns, asked->proto, asked->port, false};
	int rc;

	answers->proto = asked->proto;
	answers->port = asked->port;
	rc = end_find(&query, asked->from, &answers->from, err);
	query.receiver = true;
	if (!rc)
		rc = end_find(&query, asked->to, &answers->to, err);
	if (!rc)
		rc = ask(store, index, answers, err);
	if (!rc)
		return answers;
	answers_free(answers);
	return NULL;
}

void answers_free(struct answers *answers)
{
	if (!answers)
		return;
	for (size_t i = 0; i < answers->n; i++)
		answer_free(answers->at[i]);
	vec_free(answers);
	end_fini(&answers->from);
	end_fini(&answers->to);
	free(answers);
}

enum answer_state answers_state(const struct answers *answers)
{
	enum answer_state state = ANSWER_ALLOWED;

	for (size_t i = 0; i < answers->n; i++)
		if (!answers->at[i]->second && answers->at[i]->state > state)
			state = answers->at[i]->state;
	return state;
}

const char *answer_state_name(enum answer_state state)
{
	static const char *const names[ANSWER_STATE_COUNT] = {"allowed", "denied", "unknown"};

	return names[state];
}
