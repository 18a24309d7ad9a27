/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel that lacks an expression: preloaded, it gives the one that $LACKS names a name that no kernel knows, in whatever
 * is sent, and the kernel's own refusal comes back. */
#undef _FORTIFY_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t sendto(int fd, const void *bytes, size_t n, int flags, const struct sockaddr *to, socklen_t size)
{
	const char *name = getenv("LACKS");
	size_t length = name ? strlen(name) + 1 : 0;
	char *copy = malloc(n), *at = copy;
	ssize_t sent;

	if (!copy)
		abort();
	memcpy(copy, bytes, n);
	while (length && (at = memmem(at, n - (size_t)(at - copy), name, length)))
		*at = 'X';
	sent = syscall(SYS_sendto, fd, copy, n, flags, to, size);
	free(copy);
	return sent;
}
