/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How are many questions answered, one per line of JSON? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/hmap.h>
#include <selvage/line.h>
#include <selvage/text.h>
#include <selvage/verdict_print.h>

#include "explain.h"
#include "question.h"

/* A name that was asked about, and what it stands for. */
struct known {
	struct hnode node;
	char *text;
	struct question_end end;
	const struct verdict_party *parties[FAMILY_COUNT]; /* as end.ips; NULL: not looked up yet */
};

struct batch {
	const struct asker *asker;
	struct line out;
	struct hmap known; /* names of pods; addresses would be too many */
	bool json;
};

static void batch_fini(struct batch *batch)
{
	struct hnode *h, *next;

	for (h = hmap_walk(&batch->known, NULL); h; h = next) {
		next = hmap_walk(&batch->known, h);
		free(hmap_entry(h, struct known, node)->text);
		free(hmap_entry(h, struct known, node));
	}
	hmap_fini(&batch->known);
	vec_free(&batch->out);
}

static bool is_address(const char *text)
{
	struct err err;
	struct ip ip;

	return !strchr(text, '/') && ip_parse(text, &ip, &err) == 0;
}

/* An end by its name: the batch's own if it is a pod, otherwise *scratch.  NULL with *err. */
static struct known *find(struct batch *batch, const char *text, struct known *scratch, struct err *err)
{
	uint64_t hash = hmap_hash(text, strlen(text));
	struct known *known;

	for (struct hnode *h = hmap_find(&batch->known, hash); h; h = hmap_next(h))
		if (strcmp(hmap_entry(h, struct known, node)->text, text) == 0)
			return hmap_entry(h, struct known, node);
	*scratch = (struct known){0};
	if (question_end_find(batch->asker->store, text, batch->asker->ns, &scratch->end, err))
		return NULL;
	if (is_address(text))
		return scratch;
	known = mem_copy(scratch, sizeof *scratch);
	known->text = strdup(text);
	hmap_put(&batch->known, &known->node, hash);
	return known;
}

/* The party that an end has of a packet's address. */
static const struct verdict_party *party(struct batch *batch, struct known *known, const struct ip *ip,
					 struct verdict_party *scratch)
{
	size_t i = known->end.n > 1 && known->end.ips[0].family != ip->family;

	if (known->parties[i])
		return known->parties[i];
	known->parties[i] = verdict_index_party(batch->asker->index, ip, scratch);
	if (known->parties[i] != scratch)
		return known->parties[i];
	known->parties[i] = NULL;
	return scratch;
}

static struct verdict decide(struct batch *batch, struct known *from, struct known *to, const struct packet *packet)
{
	struct verdict_party scratch[2];

	return verdict_index_between(batch->asker->index, party(batch, from, &packet->from, &scratch[0]),
				     party(batch, to, &packet->to, &scratch[1]), packet->proto, packet->port);
}

/* {"from":...,"to":...,"proto":...,"port":...: the question as it was asked, to be answered. */
static void put_question(const struct question *question, struct line *out)
{
	const char *proto = proto_name(question->proto);

	line_raw(out, "{\"from\":");
	line_string(out, question->from);
	line_raw(out, ",\"to\":");
	line_string(out, question->to);
	line_raw(out, ",\"proto\":");
	line_string(out, proto ? proto : "ICMP");
	if (!proto)
		return;
	line_raw(out, ",\"port\":");
	line_number(out, question->port);
}

static void put_error(struct line *out, const struct err *err)
{
	line_raw(out, ",\"verdict\":\"unknown\",\"error\":");
	line_string(out, err->msg);
	line_raw(out, "}\n");
}

static enum exit_code answer_unknown(struct batch *batch, const struct question *question, const struct err *err)
{
	if (batch->json) {
		put_question(question, &batch->out);
		put_error(&batch->out, err);
		return EXIT_CODE_INCOMPLETE;
	}
	if (err->code == ERR_UNSURE) {
		fputs("UNKNOWN  ", stdout);
		text_safe(stdout, question->from);
		fputs(" -> ", stdout);
		text_safe(stdout, question->to);
		putchar('\n');
	}
	cli_fatal(batch->asker->args, "%s", err->msg);
	return EXIT_CODE_INCOMPLETE;
}

static void answer_text(const struct asker *asker, const struct packet *packet, const struct verdict *verdict)
{
	struct policy_list isolating[DIRECTION_COUNT] = {{VEC_EMPTY}, {VEC_EMPTY}};
	struct verdict_text text = {.packet = packet,
				    .verdict = verdict,
				    .isolating = isolating,
				    .coloured = asker->form.coloured};

	/* NOLINTNEXTLINE(clang-analyzer-*): every verdict that is asked for is set */
	if (verdict->egress.pod)
		verdict_isolating(asker->store, verdict->egress.pod, DIRECTION_EGRESS, &isolating[DIRECTION_EGRESS]);
	if (verdict->ingress.pod)
		verdict_isolating(asker->store, verdict->ingress.pod, DIRECTION_INGRESS, &isolating[DIRECTION_INGRESS]);
	verdict_print(&text, stdout);
	for (int d = 0; d < DIRECTION_COUNT; d++)
		vec_free(&isolating[d]);
}

static void answer_json(struct line *out, const struct question *question, const struct packet *packets,
			const struct verdict *verdicts, bool differ)
{
	put_question(question, out);
	line_raw(out, ",");
	line_verdict(out, &verdicts[0]);
	if (differ) {
		line_raw(out, packets[1].to.family == FAMILY_6 ? ",\"ipv6\":" : ",\"ipv4\":");
		line_string(out, verdicts[1].allowed ? "allowed" : "denied");
	}
	line_raw(out, "}\n");
}

/*
 * Pods of two families are asked about in both: the answer is that of the family that clients use first (the destination's
 * first address), and where they differ both are given.
 */
static enum exit_code answer(struct batch *batch, const struct question *question)
{
	const struct asker *asker = batch->asker;
	struct packet packets[FAMILY_COUNT];
	struct verdict verdicts[FAMILY_COUNT];
	struct known scratch[2], *from, *to;
	struct err err;
	int n = -1;
	bool differ;

	from = find(batch, question->from, &scratch[0], &err);
	to = from ? find(batch, question->to, &scratch[1], &err) : NULL;
	if (to)
		n = question_packets(question, &from->end, &to->end, packets, &err);
	if (n < 0)
		return answer_unknown(batch, question, &err);
	for (int i = 0; i < n; i++)
		verdicts[i] = decide(batch, from, to, &packets[i]);
	differ = n > 1 && verdicts[0].allowed != verdicts[1].allowed;
	if (batch->json)
		answer_json(&batch->out, question, packets, verdicts, differ);
	for (int i = 0; !batch->json && i < (differ ? n : 1); i++)
		answer_text(asker, &packets[i], &verdicts[i]);
	/* NOLINTNEXTLINE(clang-analyzer-*): at least one was decided */
	return verdicts[0].allowed ? EXIT_CODE_NOTHING : EXIT_CODE_FINDINGS;
}

/* A line that asks nothing gets an answer too, so that answers and questions can be laid side by side. */
static enum exit_code answer_broken(struct batch *batch, size_t number, struct err *err)
{
	if (batch->json) {
		line_raw(&batch->out, "{\"line\":");
		line_number(&batch->out, number);
		put_error(&batch->out, err);
	} else {
		printf("UNKNOWN  line %zu\n", number);
	}
	err_ctx(err, "line %zu: ", number);
	cli_fatal(batch->asker->args, "%s", err->msg);
	return EXIT_CODE_INCOMPLETE;
}

static enum exit_code answer_line(struct batch *batch, const char *line, size_t size, size_t number)
{
	struct question question;
	struct err err;

	if (question_parse_line(line, size, &question, &err))
		return answer_broken(batch, number, &err);
	return answer(batch, &question);
}

/* The worse of two: incomplete, then findings, then nothing. */
static enum exit_code worse(enum exit_code a, enum exit_code b)
{
	return a > b ? a : b;
}

static enum exit_code answer_lines(struct batch *batch, FILE *in)
{
	enum exit_code code = EXIT_CODE_NOTHING;
	size_t cap = 0, number = 0;
	char *line = NULL;
	ssize_t n;

	while ((n = getline(&line, &cap, in)) > 0) {
		number++;
		if (strspn(line, " \t\r\n") < (size_t)n)
			code = worse(code, answer_line(batch, line, (size_t)n, number));
		line_flush(&batch->out, false, stdout);
	}
	line_flush(&batch->out, true, stdout);
	free(line);
	return code;
}

enum exit_code explain_batch(const struct asker *asker, const char *file)
{
	FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	struct batch batch = {.asker = asker, .json = asker->format == FORMAT_JSON};
	enum exit_code code;

	if (!in)
		return cli_fatal(asker->args, "%s: %s", file, strerror(errno));
	code = answer_lines(&batch, in);
	if (ferror(in))
		code = cli_fatal(asker->args, "%s: %s", file, strerror(errno));
	batch_fini(&batch);
	if (in != stdin)
		fclose(in);
	return code;
}
