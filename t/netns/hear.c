/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a service tell its manager (sd_notify(3))?  Makes the socket and prints what comes. */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] = "usage: hear SOCKET SECONDS\n"
			    "Prints `listening`, then each datagram as a line, for SECONDS.\n";

static int open_socket(const char *path)
{
	struct sockaddr_un sock = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(sock.sun_path))
		errx(2, "%s: too long", path);
	strcpy(sock.sun_path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sock, sizeof(sock)))
		err(2, "%s", path);
	return fd;
}

static void print_one(int fd)
{
	char text[4096];
	ssize_t n = recv(fd, text, sizeof(text), 0);

	if (n < 0)
		err(2, "receive");
	printf("%.*s\n", (int)n, text);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct pollfd wait = {.events = POLLIN};

	if (argc != 3) {
		fputs(usage, stderr);
		return 2;
	}
	wait.fd = open_socket(argv[1]);
	puts("listening");
	fflush(stdout);
	alarm((unsigned)strtoul(argv[2], NULL, 10));
	while (poll(&wait, 1, -1) == 1)
		print_one(wait.fd);
	return 0;
}
