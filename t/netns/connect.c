/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs all servers and all clients of a batch of questions on one epoll descriptor. */
#include "connect.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

#define BATCH 1000    /* questions in flight */
#define RESEND_MS 300 /* datagrams; connections are repeated by the kernel */

struct server {
	const struct question *for_; /* the first question that wants it */
	int fd;
};

struct round {
	struct questions *questions;
	struct server *servers;
	size_t n_servers;
	size_t first, n; /* the questions of this batch */
	int client[BATCH];
	int epoll;
	size_t open;
};

/* What epoll tells of: a server, or after all of them the client of a question. */
static void watch(const struct round *round, int fd, uint32_t events, size_t token)
{
	struct epoll_event event = {.events = events, .data.u64 = token};

	if (epoll_ctl(round->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		err(2, "epoll");
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_icmp(const struct question *question)
{
	return question->proto == IPPROTO_ICMP || question->proto == IPPROTO_ICMPV6;
}

static int new_socket(const struct questions *questions, size_t place, const struct question *question)
{
	int type = question->proto == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd = place_socket(&questions->places.at[place], question->to.family, type | SOCK_NONBLOCK, question->proto);
	int yes = 1;

	if (fd < 0)
		err(2, "%s: socket of protocol %d", questions->places.at[place].name, question->proto);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	return fd;
}

static bool same_server(const struct question *a, const struct question *b)
{
	return a->to_place == b->to_place && a->proto == b->proto && a->port == b->port &&
	       a->to.family == b->to.family && !memcmp(a->to.bytes, b->to.bytes, a->to.family == AF_INET ? 4 : 16);
}

static bool has_server(const struct round *round, const struct question *question)
{
	for (size_t i = 0; i < round->n_servers; i++)
		if (same_server(round->servers[i].for_, question))
			return true;
	return false;
}

/* The descriptor, or -1 if somebody else serves there. */
static int serve(const struct questions *questions, const struct question *question)
{
	struct sockaddr_storage sock;
	socklen_t size = address_sock(&question->to, question->port, &sock);
	int fd = new_socket(questions, question->to_place, question);

	/* EADDRNOTAVAIL: a Service's address; its pods listen, not we. */
	if (!bind(fd, (struct sockaddr *)&sock, size) && (question->proto == IPPROTO_UDP || !listen(fd, BATCH)))
		return fd;
	if (errno != EADDRINUSE && errno != EADDRNOTAVAIL)
		err(2, "%s: port %u", questions->places.at[question->to_place].name, question->port);
	close(fd);
	return -1;
}

static void add_server(struct round *round, const struct question *question)
{
	struct server server = {.for_ = question};

	if (has_server(round, question))
		return;
	server.fd = serve(round->questions, question);
	if (server.fd >= 0)
		watch(round, server.fd, EPOLLIN, round->n_servers);
	round->servers[round->n_servers++] = server;
}

static void open_servers(struct round *round)
{
	round->servers = reallocarray(NULL, round->questions->n + 1, sizeof(*round->servers));
	if (!round->servers)
		err(2, "servers");
	for (size_t i = 0; i < round->questions->n; i++)
		if (!is_icmp(&round->questions->at[i]))
			add_server(round, &round->questions->at[i]);
}

static void close_servers(struct round *round)
{
	for (size_t i = 0; i < round->n_servers; i++)
		if (round->servers[i].fd >= 0)
			close(round->servers[i].fd);
	free(round->servers);
}

static void echo(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	uint8_t payload[PACKET_PAYLOAD];
	ssize_t n = recvfrom(fd, payload, sizeof(payload), 0, (struct sockaddr *)&peer, &size);

	if (n > 0)
		(void)!sendto(fd, payload, (size_t)n, 0, (struct sockaddr *)&peer, size);
}

static void run_server(const struct server *server)
{
	int fd;

	if (server->for_->proto == IPPROTO_UDP) {
		echo(server->fd);
		return;
	}
	fd = accept(server->fd, NULL, NULL);
	if (fd >= 0)
		close(fd);
}

/* A source port of our choice where that is free; any else. */
static void bind_client(const struct questions *questions, const struct question *question, int fd)
{
	struct sockaddr_storage sock;
	socklen_t size = address_sock(&question->from, question_source(question), &sock);

	if (!bind(fd, (struct sockaddr *)&sock, size))
		return;
	size = address_sock(&question->from, 0, &sock);
	if (bind(fd, (struct sockaddr *)&sock, size) < 0)
		err(2, "%s: source address of question %td", questions->places.at[question->from_place].name,
		    question - questions->at + 1);
}

static void send_datagram(int fd, size_t question)
{
	uint8_t payload[PACKET_PAYLOAD];

	packet_payload((uint32_t)question + 1, payload);
	(void)!send(fd, payload, sizeof(payload), MSG_NOSIGNAL);
}

static void open_client(struct round *round, size_t i)
{
	const struct question *question = &round->questions->at[round->first + i];
	struct sockaddr_storage sock;
	socklen_t size = address_sock(&question->to, question->port, &sock);
	int fd;

	round->client[i] = -1;
	if (is_icmp(question))
		return;
	fd = new_socket(round->questions, question->from_place, question);
	bind_client(round->questions, question, fd);
	if (connect(fd, (struct sockaddr *)&sock, size) < 0 && errno != EINPROGRESS) {
		close(fd);
		return;
	}
	round->client[i] = fd;
	round->open++;
	watch(round, fd, question->proto == IPPROTO_UDP ? EPOLLIN : EPOLLOUT, round->n_servers + i);
	if (question->proto == IPPROTO_UDP)
		send_datagram(fd, round->first + i);
}

static void close_client(struct round *round, size_t i)
{
	/* A reset leaves no TIME_WAIT behind, and conntrack forgets it soon. */
	struct linger linger = {.l_onoff = 1};

	setsockopt(round->client[i], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(round->client[i]);
	round->client[i] = -1;
	round->open--;
}

static void run_client(struct round *round, size_t i)
{
	struct question *question = &round->questions->at[round->first + i];
	uint8_t payload[PACKET_PAYLOAD];
	socklen_t size = sizeof(int);
	int error = 0;

	if (round->client[i] < 0)
		return;
	if (question->proto == IPPROTO_UDP)
		question->allowed = recv(round->client[i], payload, sizeof(payload), 0) == sizeof(payload);
	else
		question->allowed = !getsockopt(round->client[i], SOL_SOCKET, SO_ERROR, &error, &size) && !error;
	close_client(round, i);
}

static void send_again(const struct round *round)
{
	for (size_t i = 0; i < round->n; i++)
		if (round->client[i] >= 0 && round->questions->at[round->first + i].proto == IPPROTO_UDP)
			send_datagram(round->client[i], round->first + i);
}

static void run_events(struct round *round, int wait_ms)
{
	struct epoll_event events[64];
	int n = epoll_wait(round->epoll, events, 64, wait_ms);

	for (int i = 0; i < n; i++) {
		size_t token = events[i].data.u64;

		if (token < round->n_servers)
			run_server(&round->servers[token]);
		else
			run_client(round, token - round->n_servers);
	}
}

static void run_batch(struct round *round, int wait_ms)
{
	long end = now_ms() + wait_ms, again = now_ms() + RESEND_MS;

	for (size_t i = 0; i < round->n; i++)
		open_client(round, i);
	while (round->open && now_ms() < end) {
		run_events(round, 20);
		if (now_ms() < again)
			continue;
		send_again(round);
		again += RESEND_MS;
	}
	for (size_t i = 0; i < round->n; i++)
		if (round->client[i] >= 0)
			close_client(round, i);
}

void connect_all(struct questions *questions, int wait_ms)
{
	struct round round = {.questions = questions, .epoll = epoll_create1(EPOLL_CLOEXEC)};

	if (round.epoll < 0)
		err(2, "epoll");
	open_servers(&round);
	for (round.first = 0; round.first < questions->n; round.first += round.n) {
		round.n = questions->n - round.first < BATCH ? questions->n - round.first : BATCH;
		run_batch(&round, wait_ms);
	}
	close_servers(&round);
	close(round.epoll);
}
