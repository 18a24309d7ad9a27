/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a connection that is open stay open?  Says something on it every now and then and wants the echo. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
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

#define PAUSE_MS 5
#define PATIENCE_MS 5000 /* an echo that takes longer never comes */

static const char usage[] =
	"usage: talk FROM-NETNS TO-NETNS TO-IP PORT\n"
	"Opens a TCP connection, prints `open`, and sends a byte that must come back, every 5 ms until\n"
	"SIGTERM.  Prints `rounds N slowest N ms`.  Exit status 1: the connection broke.\n";

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static socklen_t read_address(const char *ip, const char *port, struct sockaddr_storage *sock)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)sock;
	struct sockaddr_in *v4 = (struct sockaddr_in *)sock;
	uint16_t number = htons((uint16_t)strtoul(port, NULL, 10));

	memset(sock, 0, sizeof(*sock));
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = number;
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, ip, &v6->sin6_addr) != 1)
		errx(2, "bad address %s", ip);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = number;
	return sizeof(*v6);
}

static int socket_in(const char *netns, int family)
{
	struct places places = {0};
	size_t place = places_find(&places, netns);
	int fd = place_socket(&places.at[place], family, SOCK_STREAM, IPPROTO_TCP);

	if (fd < 0)
		err(2, "%s: socket", netns);
	places_fini(&places);
	return fd;
}

/* One byte there and back; false if that fails. */
static bool exchange(int out, int in)
{
	struct pollfd wait = {.fd = in, .events = POLLIN};
	char byte = 'x';

	return send(out, &byte, 1, MSG_NOSIGNAL) == 1 && poll(&wait, 1, PATIENCE_MS) == 1 && recv(in, &byte, 1, 0) == 1;
}

static int talk(int client, int server)
{
	long rounds = 0, slowest = 0;
	bool good = true;

	while (!stop && good) {
		long start = now_ms();

		good = exchange(client, server) && exchange(server, client);
		rounds += good;
		if (now_ms() - start > slowest)
			slowest = now_ms() - start;
		usleep(PAUSE_MS * 1000);
	}
	printf("rounds %ld slowest %ld ms\n", rounds, slowest);
	/* A signal may have come in the middle of a round. */
	return good || stop ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sockaddr_storage sock;
	int listener, client, server, yes = 1;
	socklen_t size;

	if (argc != 5) {
		fputs(usage, stderr);
		return 2;
	}
	size = read_address(argv[3], argv[4], &sock);
	listener = socket_in(argv[2], sock.ss_family);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(listener, (struct sockaddr *)&sock, size) || listen(listener, 1))
		err(2, "%s: port %s", argv[2], argv[4]);
	client = socket_in(argv[1], sock.ss_family);
	if (connect(client, (struct sockaddr *)&sock, size))
		err(1, "connect");
	server = accept(listener, NULL, NULL);
	if (server < 0)
		err(2, "accept");
	sigaction(SIGTERM, &action, NULL);
	puts("open");
	fflush(stdout);
	return talk(client, server);
}
