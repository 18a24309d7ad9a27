/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of these connections get through?  Asks thousands of questions with real packets in a moment. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "connect.h"
#include "packet.h"
#include "place.h"
#include "question.h"

static const char usage[] =
	"usage: probe [-cv] [-q MILLISECONDS] [-n TIMES] [-w MILLISECONDS] [FILE]\n"
	"Reads lines FROM-NETNS FROM-IP TO-NETNS TO-IP PROTO PORT [must]; PROTO is tcp, udp, sctp or icmp.  Sends the\n"
	"first packet of a new connection for each and prints for each, in order, whether it arrived: allowed or "
	"denied.\n"
	"  -c  connect to a real server instead, want the echo of a datagram and the answer to a ping\n"
	"  -n  send what did not arrive until it was sent so many times (3)\n"
	"  -q  how long nothing more must arrive before the rest is taken for lost (200, at least 100)\n"
	"  -v  print the question after its answer, and figures on standard error\n"
	"  -w  with -c: how long to wait for a connection (1500)\n"
	"Exit status: 0; 1 if a question marked `must` was denied: the lab is broken; 2 trouble.\n";

struct options {
	bool connect, verbose;
	int times, quiet_ms, wait_ms;
	const char *file;
};

/* One run of raw questions. */
struct probe {
	struct questions *questions;
	uint32_t base; /* id of the first question; the others follow */
	bool replies;  /* only ICMP, and only its answers count */
	int epoll;
	size_t missing; /* asked, not yet seen */
	size_t sent;
	long last; /* when something last happened, ms */
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_asked(const struct probe *probe, const struct question *question)
{
	return !probe->replies || question->proto == IPPROTO_ICMP || question->proto == IPPROTO_ICMPV6;
}

/* Where must a packet be seen to count: at the destination, and answers at the source. */
static size_t watched_place(const struct probe *probe, const struct question *question)
{
	return probe->replies ? question->from_place : question->to_place;
}

static void open_watches(struct probe *probe)
{
	struct places *places = &probe->questions->places;

	for (size_t i = 0; i < probe->questions->n; i++) {
		const struct question *question = &probe->questions->at[i];
		size_t place = watched_place(probe, question);
		struct epoll_event event = {.events = EPOLLIN, .data.u64 = place};

		if (!is_asked(probe, question))
			continue;
		probe->missing++;
		if (places->at[place].watch >= 0)
			continue;
		place_watch(&places->at[place]);
		if (epoll_ctl(probe->epoll, EPOLL_CTL_ADD, places->at[place].watch, &event) < 0)
			err(2, "epoll");
	}
}

static void note(struct probe *probe, size_t place, const uint8_t *packet, size_t size)
{
	struct question *question;
	struct sighting sighting;

	if (!packet_read(packet, size, &sighting) || sighting.reply != probe->replies)
		return;
	if (sighting.id - probe->base >= probe->questions->n)
		return;
	question = &probe->questions->at[sighting.id - probe->base];
	if (question->allowed || sighting.proto != question->proto || watched_place(probe, question) != place)
		return;
	question->allowed = true;
	probe->missing--;
	probe->last = now_ms();
}

/* Only what is addressed to the namespace counts: a bridge also floods frames to those who should not have them. */
static void drain(struct probe *probe, size_t place)
{
	int fd = probe->questions->places.at[place].watch;
	struct sockaddr_ll from;
	uint8_t packet[PACKET_MAX];
	ssize_t n;

	for (;;) {
		socklen_t size = sizeof(from);

		n = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &size);
		if (n < 0)
			break;
		if (from.sll_pkttype == PACKET_HOST)
			note(probe, place, packet, (size_t)n);
	}
	if (errno != EAGAIN)
		err(2, "%s: receive", probe->questions->places.at[place].name);
}

static void look(struct probe *probe, int wait_ms)
{
	struct epoll_event events[64];
	int n = epoll_wait(probe->epoll, events, 64, wait_ms);

	for (int i = 0; i < n; i++)
		drain(probe, events[i].data.u64);
}

static void ask(struct probe *probe, size_t i)
{
	const struct question *question = &probe->questions->at[i];
	struct place *place = &probe->questions->places.at[question->from_place];
	int fd = place_raw(place, question->from.family);
	struct sockaddr_storage to;
	socklen_t size = address_sock(&question->to, 0, &to);
	uint8_t packet[PACKET_MAX];
	size_t n = packet_write(question, question_source(question), probe->base + (uint32_t)i, packet);

	probe->sent++;
	/* EPERM: a filter on the way out of the sender said no, which is an answer. */
	if (sendto(fd, packet, n, 0, (struct sockaddr *)&to, size) < 0 && errno != EPERM)
		err(2, "%s: question %zu", place->name, i + 1);
}

static void ask_round(struct probe *probe, int quiet_ms)
{
	for (size_t i = 0; i < probe->questions->n; i++) {
		const struct question *question = &probe->questions->at[i];

		if (question->allowed || !is_asked(probe, question))
			continue;
		ask(probe, i);
		if (probe->sent % 64 == 0)
			look(probe, 0);
	}
	probe->last = now_ms();
	while (probe->missing && now_ms() - probe->last < quiet_ms)
		look(probe, 10);
}

/* A watch that overflowed may have lost an arrival, and then "denied" means nothing. */
static void check_watches(const struct places *places)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->at[i].watch >= 0 && place_lost(&places->at[i]))
			errx(2, "%s: more packets than could be read", places->at[i].name);
}

static void ask_all(struct probe *probe, const struct options *options)
{
	probe->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (probe->epoll < 0 || getrandom(&probe->base, sizeof(probe->base), 0) != sizeof(probe->base))
		err(2, "epoll");
	probe->base = probe->base / 2 + 1;
	open_watches(probe);
	for (int i = 0; i < options->times && probe->missing; i++)
		ask_round(probe, options->quiet_ms);
	check_watches(&probe->questions->places);
	close(probe->epoll);
}

static void print_answer(const struct questions *questions, size_t i, bool verbose)
{
	const struct question *question = &questions->at[i];

	fputs(question->allowed ? "allowed" : "denied", stdout);
	if (verbose) {
		putchar(' ');
		question_write(question, &questions->places, stdout);
	}
	putchar('\n');
}

static int print_answers(const struct questions *questions, bool verbose)
{
	int broken = 0;

	for (size_t i = 0; i < questions->n; i++) {
		print_answer(questions, i, verbose);
		if (!questions->at[i].must || questions->at[i].allowed)
			continue;
		broken = 1;
		warnx("question %zu must pass and does not: the lab is broken", i + 1);
	}
	return fflush(stdout) ? 2 : broken;
}

static int read_number(const char *text, int lowest)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end || number < lowest || number > 1000000)
		errx(2, "bad number %s", text);
	return (int)number;
}

static void read_options(int argc, char **argv, struct options *options)
{
	*options = (struct options){.times = 3, .quiet_ms = 200, .wait_ms = 1500};
	for (int c; (c = getopt(argc, argv, "cvn:q:w:")) != -1;) {
		switch (c) {
		case 'c':
			options->connect = true;
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'n':
			options->times = read_number(optarg, 1);
			break;
		case 'q':
			options->quiet_ms = read_number(optarg, 100);
			break;
		case 'w':
			options->wait_ms = read_number(optarg, 1);
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	options->file = argv[optind];
}

static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(2, "RLIMIT_NOFILE");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(2, "RLIMIT_NOFILE");
}

int main(int argc, char **argv)
{
	struct questions questions = {0};
	struct options options;
	struct probe probe;
	FILE *in;
	int status;

	read_options(argc, argv, &options);
	in = options.file ? fopen(options.file, "re") : stdin;
	if (!in)
		err(2, "%s", options.file);
	allow_files();
	questions_read(in, options.file ? options.file : "standard input", &questions);
	fclose(in);
	if (options.connect)
		connect_all(&questions, options.wait_ms);
	probe = (struct probe){.questions = &questions, .replies = options.connect};
	ask_all(&probe, &options);
	status = print_answers(&questions, options.verbose);
	if (options.verbose)
		warnx("%zu questions, %zu raw packets sent", questions.n, probe.sent);
	questions_fini(&questions);
	return status;
}
