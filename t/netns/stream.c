/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that live on: each beats every 10 ms and is echoed, and every change of its health is a line.
 *
 *	stream NAME=NS,IP,NS,IP,PORT[/udp]...
 *
 * "NAME open" when the first echo is back, "NAME stalled" after 200 ms without one, "NAME alive" when one comes after all.
 * Ends on SIGTERM with "NAME beats N" for each.
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

#define BEAT_MS 10
#define STALL_MS 200
#define STREAMS_MAX 64

struct stream {
	char name[64];
	int client, server;
	bool udp, open, stalled;
	int64_t heard; /* ms */
	unsigned long beats;
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

static int bound(struct places *places, const char *ns, const char *ip, uint16_t port, int type)
{
	struct sockaddr_storage addr;
	socklen_t n = address(ip, port, &addr);
	size_t place = places_find(places, ns);
	int one = 1, fd = place_socket(&places->at[place], addr.ss_family, type, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) || bind(fd, (void *)&addr, n))
		die("cannot bind");
	return fd;
}

static void quick(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("fcntl");
}

/* The server's end: accepted, or of UDP the bound socket. */
static void stream_open(struct stream *s, struct places *places, char *field[5], uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t n = address(field[3], port, &to);
	int type = s->udp ? SOCK_DGRAM : SOCK_STREAM;
	int listener = bound(places, field[2], field[3], port, type);

	s->client = bound(places, field[0], field[1], 0, type);
	if (!s->udp && listen(listener, 1))
		die("listen");
	if (connect(s->client, (void *)&to, n))
		die(s->name);
	s->server = s->udp ? listener : accept(listener, NULL, NULL);
	if (s->server < 0)
		die("accept");
	if (!s->udp)
		close(listener);
	quick(s->client);
	quick(s->server);
	s->heard = now_ms();
}

/* "NAME=NS,IP,NS,IP,PORT[/udp]" */
static void stream_parse(struct stream *s, struct places *places, char *text)
{
	char *rest = strchr(text, '='), *field[5];
	size_t n = 0;

	if (!rest)
		die(text);
	*rest++ = '\0';
	snprintf(s->name, sizeof s->name, "%s", text);
	for (char *word = strtok(rest, ","); word && n < 5; word = strtok(NULL, ","))
		field[n++] = word;
	if (n != 5)
		die("NAME=NS,IP,NS,IP,PORT[/udp]");
	s->udp = strstr(field[4], "/udp") != NULL;
	stream_open(s, places, field, (uint16_t)atoi(field[4]));
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

	while ((n = recvfrom(s->server, buf, sizeof buf, 0, (void *)&from, &size)) > 0) {
		if (s->udp)
			sendto(s->server, buf, (size_t)n, MSG_NOSIGNAL, (void *)&from, size);
		else
			send(s->server, buf, (size_t)n, MSG_NOSIGNAL);
		size = sizeof from;
	}
}

static void beat(struct stream *s)
{
	char buf[512];

	echo(s);
	if (recv(s->client, buf, sizeof buf, 0) > 0) {
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
	send(s->client, "x", 1, MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
	static struct stream streams[STREAMS_MAX];
	struct places places = {0};
	int n = argc - 1;

	if (n < 1 || n > STREAMS_MAX)
		die("usage: stream NAME=NS,IP,NS,IP,PORT[/udp]...");
	signal(SIGTERM, stop);
	for (int i = 0; i < n; i++)
		stream_parse(&streams[i], &places, argv[i + 1]);
	while (!over) {
		for (int i = 0; i < n; i++)
			beat(&streams[i]);
		poll(NULL, 0, BEAT_MS);
	}
	for (int i = 0; i < n; i++)
		printf("%s beats %lu\n", streams[i].name, streams[i].beats);
	places_fini(&places);
	return 0;
}
