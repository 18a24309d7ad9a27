/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a change of rules leak or cut?  Numbered UDP datagrams on several paths at once, and which of them arrived. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "place.h"

#define MAX_PATHS 16
#define BURST 32          /* datagrams in one system call */
#define STAMP 64          /* datagrams that share one time stamp */
#define LIMIT (1ul << 30) /* datagrams of one path; memory is only taken as they are sent */
#define BUFFER (128 << 20)
#define SETTLE_MS 300 /* after the last was sent, before counting */

static const char usage[] =
	"usage: flood [-m MOST] [-r KPPS] [-t SECONDS] NAME=FROM-NETNS,FROM-IP,TO-NETNS,TO-IP,PORT...\n"
	"Sends KPPS (10) thousand datagrams a second on each path, for SECONDS or until SIGTERM or SIGINT.  Nothing "
	"is\n"
	"ever answered, so that every datagram is a new connection to the rules on the way.  Prints `sending` when it\n"
	"starts, and at the end for each path\n"
	"  NAME sent N received N lost N sendfail N overflow N\n"
	"and, at most MOST (20) times, for each run of datagrams that are missing where most arrived, or arrived "
	"where\n"
	"most are missing\n"
	"  gap NAME first SEQUENCE count N at MILLISECONDS\n"
	"  leak NAME first SEQUENCE count N at MILLISECONDS\n"
	"and last `softnet dropped N`: packets lost in the whole machine, in any namespace, for want of time.\n"
	"sendfail counts times that the sender's kernel refused datagrams, which then have no number; overflow those\n"
	"that reached the receiver's socket and found it full: they are lost, but not to a policy.\n";

struct path {
	const char *name;
	int out, in;
	uint64_t sent, sendfail; /* sender's */
	uint64_t received;       /* receiver's */
	uint8_t *seen;           /* a bit for each datagram, receiver's */
	uint32_t *when;          /* ms since the start, for each STAMP datagrams, sender's */
};

struct flood {
	struct path paths[MAX_PATHS];
	size_t n_paths;
	struct places places;
	double kpps, seconds;
	size_t most;   /* exceptions to print for a path */
	int64_t start; /* ns */
};

static atomic_bool stop_sending, stop_receiving;

static void on_signal(int number)
{
	(void)number;
	stop_sending = true;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Zeros, which cost memory only where they are touched. */
static void *sparse(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		err(2, "memory");
	return at;
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

static int open_end(struct flood *flood, const char *netns, const char *ip, const char *port, int option)
{
	size_t place = places_find(&flood->places, netns);
	struct sockaddr_storage sock;
	socklen_t size = read_address(ip, port, &sock);
	int fd = place_socket(&flood->places.at[place], sock.ss_family, SOCK_DGRAM, IPPROTO_UDP);
	int buffer = BUFFER;

	if (fd < 0 || bind(fd, (struct sockaddr *)&sock, size) < 0)
		err(2, "%s: %s port %s", netns, ip, port);
	if (setsockopt(fd, SOL_SOCKET, option, &buffer, sizeof(buffer)) < 0)
		err(2, "%s: socket buffer", netns);
	return fd;
}

static void open_path(struct flood *flood, char *text)
{
	struct path *path = &flood->paths[flood->n_paths++];
	struct sockaddr_storage to;
	char *part[5], *rest = text;

	path->name = strsep(&rest, "=");
	for (int i = 0; i < 5; i++)
		if (!(part[i] = strsep(&rest, ",")) || !*part[i])
			errx(2, "%s: want NAME=FROM-NETNS,FROM-IP,TO-NETNS,TO-IP,PORT", path->name);
	path->in = open_end(flood, part[2], part[3], part[4], SO_RCVBUFFORCE);
	path->out = open_end(flood, part[0], part[1], "0", SO_SNDBUFFORCE);
	if (connect(path->out, (struct sockaddr *)&to, read_address(part[3], part[4], &to)) < 0)
		err(2, "%s: connect", path->name);
	path->seen = sparse(LIMIT / 8);
	path->when = sparse(LIMIT / STAMP * sizeof(*path->when));
}

static void send_burst(const struct flood *flood, struct path *path, unsigned n)
{
	struct mmsghdr messages[BURST];
	struct iovec parts[BURST];
	uint64_t numbers[BURST];
	int done;

	memset(messages, 0, sizeof(messages));
	for (unsigned i = 0; i < n; i++) {
		numbers[i] = path->sent + i;
		parts[i] = (struct iovec){.iov_base = &numbers[i], .iov_len = sizeof(numbers[i])};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
		path->when[numbers[i] / STAMP] = (uint32_t)((now_ns() - flood->start) / 1000000);
	}
	done = sendmmsg(path->out, messages, n, 0);
	if (done < 0)
		path->sendfail++;
	else
		path->sent += (unsigned)done;
}

/* A sender that was held up makes good for at most 10 ms, so that it never sends faster than receivers can read. */
static void pace(struct flood *flood)
{
	double period = BURST / flood->kpps * 1e6; /* ns from burst to burst */
	double next = (double)now_ns();
	int64_t end = flood->seconds > 0 ? flood->start + (int64_t)(flood->seconds * 1e9) : INT64_MAX;

	while (!stop_sending && now_ns() < end && flood->paths[0].sent < LIMIT - BURST) {
		struct timespec at;

		for (size_t i = 0; i < flood->n_paths; i++)
			send_burst(flood, &flood->paths[i], BURST);
		next += period;
		if (next < (double)now_ns() - 1e7)
			next = (double)now_ns();
		at = (struct timespec){.tv_sec = (time_t)(next / 1e9)};
		at.tv_nsec = (long)(next - (double)at.tv_sec * 1e9);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
}

static void note_number(struct path *path, uint64_t number)
{
	uint8_t bit = (uint8_t)(1u << number % 8);

	if (number >= LIMIT || path->seen[number / 8] & bit)
		return;
	path->seen[number / 8] |= bit;
	path->received++;
}

/* Reads one burst; false if there was nothing. */
static bool receive_burst(struct path *path)
{
	struct mmsghdr messages[BURST];
	struct iovec parts[BURST];
	uint64_t numbers[BURST];
	int n;

	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < BURST; i++) {
		parts[i] = (struct iovec){.iov_base = &numbers[i], .iov_len = sizeof(numbers[i])};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	n = recvmmsg(path->in, messages, BURST, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		if (messages[i].msg_len == sizeof(numbers[i]))
			note_number(path, numbers[i]);
	return n > 0;
}

static void *receive_all(void *context)
{
	struct flood *flood = context;
	struct pollfd wait[MAX_PATHS];

	for (size_t i = 0; i < flood->n_paths; i++)
		wait[i] = (struct pollfd){.fd = flood->paths[i].in, .events = POLLIN};
	while (!stop_receiving) {
		if (poll(wait, (nfds_t)flood->n_paths, 20) <= 0)
			continue;
		for (size_t i = 0; i < flood->n_paths; i++)
			if (wait[i].revents)
				while (receive_burst(&flood->paths[i]))
					;
	}
	return NULL;
}

static uint64_t softnet_dropped(void)
{
	FILE *file = fopen("/proc/net/softnet_stat", "re");
	unsigned processed, dropped;
	uint64_t sum = 0;

	if (!file)
		err(2, "/proc/net/softnet_stat");
	while (fscanf(file, "%x %x%*[^\n]", &processed, &dropped) == 2)
		sum += dropped;
	fclose(file);
	return sum;
}

static bool was_seen(const struct path *path, uint64_t number)
{
	return path->seen[number / 8] >> number % 8 & 1;
}

/* The exceptions of a path: what is missing where most arrive, what arrived where most do not. */
static void print_runs(const struct path *path, size_t most)
{
	bool leaks = 2 * path->received < path->sent;
	uint64_t i = 0;

	while (most && i < path->sent) {
		uint64_t first = i;

		while (i < path->sent && was_seen(path, i) == leaks)
			i++;
		if (i > first) {
			printf("%s %s first %lu count %lu at %u\n", leaks ? "leak" : "gap", path->name, first,
			       i - first, path->when[first / STAMP]);
			most--;
		}
		i++;
	}
}

/* How many datagrams found the receiver's socket full? */
static unsigned overflow(const struct path *path)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof(info);

	if (getsockopt(path->in, SOL_SOCKET, SO_MEMINFO, info, &size) < 0)
		err(2, "%s: SO_MEMINFO", path->name);
	return info[SK_MEMINFO_DROPS];
}

static void print_results(const struct flood *flood, uint64_t softnet)
{
	for (size_t i = 0; i < flood->n_paths; i++) {
		const struct path *path = &flood->paths[i];

		printf("%s sent %lu received %lu lost %lu sendfail %lu overflow %u\n", path->name, path->sent,
		       path->received, path->sent - path->received, path->sendfail, overflow(path));
	}
	for (size_t i = 0; i < flood->n_paths; i++)
		print_runs(&flood->paths[i], flood->most);
	printf("softnet dropped %lu\n", softnet);
}

static double read_number(const char *text)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || !(number > 0) || number > 1e6)
		errx(2, "bad number %s", text);
	return number;
}

static void read_options(int argc, char **argv, struct flood *flood)
{
	for (int c; (c = getopt(argc, argv, "m:r:t:")) != -1;) {
		switch (c) {
		case 'm':
			flood->most = (size_t)read_number(optarg);
			break;
		case 'r':
			flood->kpps = read_number(optarg);
			break;
		case 't':
			flood->seconds = read_number(optarg);
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (optind == argc || argc - optind > MAX_PATHS) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct flood flood = {.kpps = 10, .most = 20};
	struct sigaction action = {.sa_handler = on_signal};
	pthread_t receiver;
	uint64_t softnet;

	read_options(argc, argv, &flood);
	for (int i = optind; i < argc; i++)
		open_path(&flood, argv[i]);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	softnet = softnet_dropped();
	puts("sending");
	fflush(stdout);
	flood.start = now_ns();
	if (pthread_create(&receiver, NULL, receive_all, &flood))
		errx(2, "no thread");
	pace(&flood);
	usleep(SETTLE_MS * 1000);
	stop_receiving = true;
	pthread_join(receiver, NULL);
	print_results(&flood, softnet_dropped() - softnet);
	places_fini(&flood.places);
	return fflush(stdout) ? 2 : 0;
}
