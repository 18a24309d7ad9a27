/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What if this call had failed?  A program's own functions come before those of libc, for libmnl too. */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "inject.h"

static struct {
	bool armed, paused;
	unsigned calls;
	struct fault faults[INJECT_MOST];
	size_t n;
} injection;

void inject_arm(const struct fault *faults, size_t n)
{
	injection = (__typeof__(injection)){.armed = true, .n = n};
	if (n)
		memcpy(injection.faults, faults, n * sizeof *faults);
}

void inject_pause(bool pause)
{
	injection.paused = pause;
}

unsigned inject_disarm(void)
{
	injection.armed = false;
	return injection.calls;
}

static bool counts(int fd)
{
	int domain = 0;
	socklen_t size = sizeof domain;

	return injection.armed && !injection.paused && !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) &&
	       domain == AF_NETLINK;
}

/* The fault of the next call, or NULL. */
static const struct fault *next_fault(void)
{
	unsigned at = injection.calls++;

	for (size_t i = 0; i < injection.n; i++)
		if (injection.faults[i].at == at)
			return &injection.faults[i];
	return NULL;
}

/* Who is interrupted while he receives, has received nothing; nor has who does not wait and is told to try again. */
static bool loses(const struct fault *fault, long number)
{
	bool receives = number == SYS_recvmsg || number == SYS_recvfrom;

	return fault->mode == INJECT_LOST &&
	       !(receives && (fault->sys == EINTR || (fault->sys == EAGAIN && number == SYS_recvfrom)));
}

/* Makes the call, or does not, or says that it failed. */
static ssize_t call(long number, int fd, long a, long b, long c, long d, long e)
{
	const struct fault *fault = counts(fd) ? next_fault() : NULL;
	ssize_t n = -1;

	if (!fault || loses(fault, number))
		n = syscall(number, fd, a, b, c, d, e);
	if (fault) {
		errno = fault->sys;
		n = -1;
	}
	return n;
}

static int patience(int fd, int flags)
{
	return counts(fd) ? flags | MSG_DONTWAIT : flags;
}

ssize_t sendto(int fd, const void *bytes, size_t n, int flags, const struct sockaddr *to, socklen_t size)
{
	return call(SYS_sendto, fd, (long)bytes, (long)n, flags, (long)to, (long)size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return call(SYS_sendmsg, fd, (long)message, flags, 0, 0, 0);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return call(SYS_recvmsg, fd, (long)message, patience(fd, flags), 0, 0, 0);
}

ssize_t recvfrom(int fd, void *bytes, size_t n, int flags, struct sockaddr *from, socklen_t *size)
{
	return call(SYS_recvfrom, fd, (long)bytes, (long)n, patience(fd, flags), (long)from, (long)size);
}

ssize_t recv(int fd, void *bytes, size_t n, int flags)
{
	return recvfrom(fd, bytes, n, flags, NULL, NULL);
}

static long waited_ms;

void inject_wait(int ms)
{
	waited_ms += ms;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, out);

	if (!rc && clock == CLOCK_MONOTONIC) {
		out->tv_nsec += waited_ms % 1000 * 1000000;
		out->tv_sec += waited_ms / 1000 + out->tv_nsec / 1000000000;
		out->tv_nsec %= 1000000000;
	}
	return rc;
}
