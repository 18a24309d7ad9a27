/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads questions strictly: a probe that misreads its question gives a wrong answer that looks right. */
#include "question.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define MAX_WORDS 8
#define FIRST_SOURCE 20000
#define TICKS 2560 /* of 100 ms, before source ports are used again */
#define TWINS 16   /* equal questions asked at one time */

static bool read_address(const char *text, struct address *address)
{
	address->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(address->family, text, address->bytes) == 1;
}

static const struct {
	const char *name;
	uint8_t v4, v6;
} protos[] = {
	{"tcp", IPPROTO_TCP, IPPROTO_TCP},
	{"udp", IPPROTO_UDP, IPPROTO_UDP},
	{"sctp", IPPROTO_SCTP, IPPROTO_SCTP},
	{"icmp", IPPROTO_ICMP, IPPROTO_ICMPV6},
};
#define N_PROTOS (sizeof(protos) / sizeof(*protos))

static bool read_proto(const char *text, int family, uint8_t *proto)
{
	for (size_t i = 0; i < N_PROTOS; i++) {
		if (strcasecmp(text, protos[i].name))
			continue;
		*proto = family == AF_INET ? protos[i].v4 : protos[i].v6;
		return true;
	}
	return false;
}

static const char *proto_name(const struct question *question)
{
	for (size_t i = 0; i < N_PROTOS; i++)
		if (question->proto == (question->to.family == AF_INET ? protos[i].v4 : protos[i].v6))
			return protos[i].name;
	return "?";
}

static bool read_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	*port = (uint16_t)number;
	return *text >= '0' && *text <= '9' && !*end && number <= UINT16_MAX;
}

static size_t split(char *line, char *words[MAX_WORDS])
{
	char *rest = line;
	size_t n = 0;

	for (char *word; n < MAX_WORDS && (word = strtok_r(rest, " \t\r\n", &rest)); n++)
		words[n] = word;
	return n;
}

/* What is wrong with the line?  NULL if nothing is. */
static const char *read_question(char *words[], size_t n, struct places *places, struct question *question)
{
	if (n != 6 && !(n == 7 && !strcmp(words[6], "must")))
		return "want FROM-NETNS FROM-IP TO-NETNS TO-IP PROTO PORT [must]";
	if (!read_address(words[1], &question->from) || !read_address(words[3], &question->to))
		return "bad address";
	if (question->from.family != question->to.family)
		return "addresses of two families";
	if (!read_proto(words[4], question->to.family, &question->proto))
		return "unknown protocol";
	if (!read_port(words[5], &question->port))
		return "bad port";
	question->must = n == 7;
	question->from_place = places_find(places, words[0]);
	question->to_place = places_find(places, words[2]);
	return NULL;
}

static void push(struct questions *questions, const struct question *question)
{
	/* Doubles when n is a power of two. */
	if (!(questions->n & (questions->n - 1))) {
		size_t room = questions->n ? 2 * questions->n : 1;

		questions->at = reallocarray(questions->at, room, sizeof(*questions->at));
		if (!questions->at)
			err(2, "questions");
	}
	questions->at[questions->n++] = *question;
}

static int address_cmp(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->family == AF_INET ? 4 : 16);
}

static int question_cmp(const void *left, const void *right)
{
	const struct question *a = *(struct question *const *)left, *b = *(struct question *const *)right;
	int order = address_cmp(&a->from, &b->from);

	if (!order)
		order = address_cmp(&a->to, &b->to);
	if (!order)
		order = a->proto - b->proto;
	return order ? order : a->port - b->port;
}

/* Equal questions of one batch must not share a source port, or they are one connection. */
static void number_twins(struct questions *questions)
{
	struct question **sorted = reallocarray(NULL, questions->n + 1, sizeof(*sorted));

	if (!sorted)
		err(2, "questions");
	for (size_t i = 0; i < questions->n; i++)
		sorted[i] = &questions->at[i];
	qsort(sorted, questions->n, sizeof(*sorted), question_cmp);
	for (size_t i = 1; i < questions->n; i++)
		if (!question_cmp(&sorted[i - 1], &sorted[i]))
			sorted[i]->twin = (uint16_t)(sorted[i - 1]->twin + 1);
	free(sorted);
}

void questions_read(FILE *in, const char *name, struct questions *questions)
{
	char *line = NULL;
	size_t room = 0;

	for (size_t number = 1; getline(&line, &room, in) >= 0; number++) {
		char *words[MAX_WORDS];
		size_t n = split(line, words);
		struct question question = {0};
		const char *wrong;

		if (!n || *words[0] == '#')
			continue;
		wrong = read_question(words, n, &questions->places, &question);
		if (wrong)
			errx(2, "%s:%zu: %s", name, number, wrong);
		push(questions, &question);
	}
	free(line);
	if (ferror(in))
		err(2, "%s", name);
	number_twins(questions);
}

void questions_fini(struct questions *questions)
{
	places_fini(&questions->places);
	free(questions->at);
	*questions = (struct questions){0};
}

void question_write(const struct question *question, const struct places *places, FILE *out)
{
	char from[INET6_ADDRSTRLEN] = "?", to[INET6_ADDRSTRLEN] = "?";

	inet_ntop(question->from.family, question->from.bytes, from, sizeof(from));
	inet_ntop(question->to.family, question->to.bytes, to, sizeof(to));
	fprintf(out, "%s %s %s %s %s %u%s", places->at[question->from_place].name, from,
		places->at[question->to_place].name, to, proto_name(question), question->port,
		question->must ? " must" : "");
}

socklen_t address_sock(const struct address *address, uint16_t port, struct sockaddr_storage *sock)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};

	memset(sock, 0, sizeof(*sock));
	if (address->family == AF_INET) {
		memcpy(&v4.sin_addr, address->bytes, sizeof(v4.sin_addr));
		memcpy(sock, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, address->bytes, sizeof(v6.sin6_addr));
	memcpy(sock, &v6, sizeof(v6));
	return sizeof(v6);
}

uint16_t question_source(const struct question *question)
{
	struct timespec now;
	long tick;

	clock_gettime(CLOCK_BOOTTIME, &now);
	tick = now.tv_sec % (TICKS / 10) * 10 + now.tv_nsec / 100000000;
	return (uint16_t)(FIRST_SOURCE + tick * TWINS + question->twin % TWINS);
}
