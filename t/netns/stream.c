/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that live on: each beats every 10 ms and is echoed, and every change of its health is a line.
 *
 *	stream NAME=NS,IP,NS,IP,PORT[/PROTO][,IP]...
 *
 * PROTO is tcp (unless said otherwise), udp, sctp or icmp, which the server's kernel answers.  The last address is the one
 * that the client knows the server by, if that is another.
 *
 * "NAME open" when the first echo is back, "NAME stalled" after 200 ms without one, "NAME alive" when one comes after all.
 * Ends on SIGTERM with "NAME beats N of N" for each: how many came back of those that were sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "place.h"
#include "sctp.h"

#define BEAT_MS 10
#define STALL_MS 200
#define STREAMS_MAX 64
#define USAGE "NAME=NS,IP,NS,IP,PORT[/PROTO][,IP]"

struct stream {
	char name[64];
	int client, server;
	int proto;
	uint16_t port;
	struct sctp sctp;
	bool open, stalled;
	int64_t heard; /* ms */
	unsigned long sent, beats;
};

static volatile sig_atomic_t over;

static void stop(int sig)
{
	(void)sig;
	over = 1;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void die(const char *what)
{
	fprintf(stderr, "stream: %s: %s\n", what, strerror(errno));
	exit(2);
}

static socklen_t address(const char *ip, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof *v4;
	}
	if (inet_pton(AF_INET6, ip, &v6->sin6_addr) != 1)
		die(ip);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof *v6;
}

/* A ping socket answers to its own echoes alone; a raw one to all of its protocol. */
static int type_of(int proto)
{
	if (proto == IPPROTO_SCTP)
		return SOCK_RAW;
	return proto == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
}

static int bound(struct places *places, const char *ns, const char *ip, uint16_t port, int proto)
{
	struct sockaddr_storage addr;
	socklen_t n = address(ip, port, &addr);
	size_t place = places_find(places, ns);
	int one = 1, fd;

	if (proto == IPPROTO_ICMP && addr.ss_family == AF_INET6)
		proto = IPPROTO_ICMPV6;
	fd = place_socket(&places->at[place], addr.ss_family, type_of(proto), proto);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) || bind(fd, (void *)&addr, n))
		die("cannot bind");
	return fd;
}

static void quick(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("fcntl");
}

/* The server's end: accepted, or the bound socket. */
static void server_open(struct stream *s, int listener)
{
	s->server = listener;
	if (s->proto == IPPROTO_TCP) {
		s->server = accept(listener, NULL, NULL);
		close(listener);
	}
	if (s->server < 0)
		die("accept");
	quick(s->server);
}

static void stream_open(struct stream *s, struct places *places, char *field[6])
{
	bool raw = s->proto == IPPROTO_SCTP, served = s->proto != IPPROTO_ICMP;
	struct sockaddr_storage to;
	socklen_t n = address(field[5] ? field[5] : field[3], raw ? 0 : s->port, &to);
	int listener = served ? bound(places, field[2], field[3], raw ? 0 : s->port, s->proto) : -1;

	s->client = bound(places, field[0], field[1], 0, s->proto);
	s->sctp = (struct sctp){s->client, s->port ^ 0x8000, s->port, SCTP_INIT, 0};
	if (s->proto == IPPROTO_TCP && listen(listener, 1))
		die("listen");
	if (connect(s->client, (void *)&to, n))
		die(s->name);
	if (served)
		server_open(s, listener);
	quick(s->client);
	s->heard = now_ms();
}

/* "PORT[/PROTO]" */
static void port_parse(struct stream *s, const char *text)
{
	static const struct {
		const char *name;
		int proto;
	} protos[] = {{"", IPPROTO_TCP},
		      {"/tcp", IPPROTO_TCP},
		      {"/udp", IPPROTO_UDP},
		      {"/sctp", IPPROTO_SCTP},
		      {"/icmp", IPPROTO_ICMP}};
	const char *slash = strchrnul(text, '/');

	s->port = (uint16_t)atoi(text);
	for (size_t i = 0; i < sizeof protos / sizeof *protos; i++)
		if (!strcmp(slash, protos[i].name))
			s->proto = protos[i].proto;
	if (!s->proto)
		die(USAGE);
}

static void stream_parse(struct stream *s, struct places *places, char *text)
{
	char *rest = strchr(text, '='), *field[6] = {NULL};
	size_t n = 0;

	if (!rest)
		die(text);
	*rest++ = '\0';
	snprintf(s->name, sizeof s->name, "%s", text);
	for (char *word = strtok(rest, ","); word && n < 6; word = strtok(NULL, ","))
		field[n++] = word;
	if (n < 5)
		die(USAGE);
	port_parse(s, field[4]);
	stream_open(s, places, field);
}

static void say(const struct stream *s, const char *what)
{
	printf("%s %s\n", s->name, what);
	fflush(stdout);
}

static void echo(const struct stream *s)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	char buf[512];
	ssize_t n;

	if (s->proto == IPPROTO_SCTP)
		sctp_echo(s->server, s->port);
	if (s->proto != IPPROTO_TCP && s->proto != IPPROTO_UDP)
		return;
	while ((n = recvfrom(s->server, buf, sizeof buf, 0, (void *)&from, &size)) > 0) {
		if (s->proto == IPPROTO_UDP)
			sendto(s->server, buf, (size_t)n, MSG_NOSIGNAL, (void *)&from, size);
		else
			send(s->server, buf, (size_t)n, MSG_NOSIGNAL);
		size = sizeof from;
	}
}

static bool heard(struct stream *s)
{
	char buf[512];

	return s->proto == IPPROTO_SCTP ? sctp_heard(&s->sctp) : recv(s->client, buf, sizeof buf, 0) > 0;
}

/* The kernel writes what is missing of an echo request; the type is of the family. */
static void ask(struct stream *s)
{
	struct sockaddr_storage own;
	socklen_t size = sizeof own;
	char request[8] = {8};

	s->sent += s->proto != IPPROTO_SCTP || s->sctp.chunk == SCTP_DATA;
	if (s->proto == IPPROTO_SCTP) {
		sctp_send(&s->sctp);
	} else if (s->proto == IPPROTO_ICMP) {
		if (!getsockname(s->client, (void *)&own, &size) && own.ss_family == AF_INET6)
			request[0] = (char)128;
		send(s->client, request, sizeof request, MSG_NOSIGNAL);
	} else {
		send(s->client, "x", 1, MSG_NOSIGNAL);
	}
}

static void beat(struct stream *s)
{
	echo(s);
	if (heard(s)) {
		if (!s->open || s->stalled)
			say(s, s->open ? "alive" : "open");
		s->open = true;
		s->stalled = false;
		s->heard = now_ms();
		s->beats++;
	} else if (!s->stalled && now_ms() - s->heard > STALL_MS) {
		s->stalled = true;
		say(s, "stalled");
	}
	ask(s);
}

int main(int argc, char **argv)
{
	static struct stream streams[STREAMS_MAX];
	struct places places = {0};
	int n = argc - 1;

	if (n < 1 || n > STREAMS_MAX)
		die("usage: stream " USAGE "...");
	signal(SIGTERM, stop);
	for (int i = 0; i < n; i++)
		stream_parse(&streams[i], &places, argv[i + 1]);
	while (!over) {
		for (int i = 0; i < n; i++)
			beat(&streams[i]);
		poll(NULL, 0, BEAT_MS);
	}
	for (int i = 0; i < n; i++)
		printf("%s beats %lu of %lu\n", streams[i].name, streams[i].beats, streams[i].sent);
	places_fini(&places);
	return 0;
}
