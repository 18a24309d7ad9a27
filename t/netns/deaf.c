/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Known bad: loaded ahead of libc, it keeps an agent from joining any netlink group, so that nobody tells it what others do. */
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	if (level == SOL_NETLINK && name == NETLINK_ADD_MEMBERSHIP)
		return 0;
	return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}
