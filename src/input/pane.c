/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a text say, where it is being read? */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pane.h"
#include "slurp.h"

struct pane pane_of(const char *text, size_t size)
{
	return (struct pane){.at = (char *)(uintptr_t)text, .size = size, .to = size, .fd = -1};
}

/* A place for a file that is large and can be read anywhere, and more than once.  False if it is none. */
static bool reserve(struct pane *pane)
{
	struct stat st;
	void *at;

	if (fstat(pane->fd, &st) || !S_ISREG(st.st_mode) || (size_t)st.st_size < 4 * PANE_STEP ||
	    (size_t)st.st_size > SLURP_MAX)
		return false;
	at = mmap(NULL, (size_t)st.st_size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		  0);
	if (at == MAP_FAILED)
		return false;
	pane->at = at;
	pane->size = (size_t)st.st_size;
	return true;
}

int pane_open(const char *path, struct pane *out, struct err *err)
{
	*out = (struct pane){.fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1};
	if (out->fd >= 0 && reserve(out))
		return 0;
	if (out->fd >= 0)
		close(out->fd);
	out->fd = -1;
	out->owned = true;
	if (slurp(path, &out->at, &out->size, err))
		return -1;
	out->to = out->size;
	return 0;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t most(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Reads on.  What a shorter file does not have any more are bytes of 0, which no text has. */
static void fill(struct pane *pane, size_t to)
{
	while (pane->to < to) {
		ssize_t n = pread(pane->fd, pane->at + pane->to, to - pane->to, (off_t)pane->to);

		if (n < 0 && errno == EINTR)
			continue;
		pane->torn |= n <= 0;
		pane->to = n > 0 ? pane->to + (size_t)n : to;
	}
}

/* Forgets what stands before a page; the pages read as zeros then. */
static void forget(struct pane *pane, size_t before)
{
	if (madvise(pane->at + pane->from, before - pane->from, MADV_DONTNEED))
		abort();
	pane->from = before;
}

void pane_need(struct pane *pane, size_t from, size_t to)
{
	size_t page = from & ~((size_t)sysconf(_SC_PAGESIZE) - 1);

	if (pane->fd < 0)
		return;
	if (from < pane->from || from > pane->to) {
		forget(pane, pane->to);
		pane->from = pane->to = page;
	} else if (page - pane->from >= PANE_STEP) {
		forget(pane, page);
	}
	if (to > pane->to)
		fill(pane, least(most(to, pane->to + PANE_STEP), pane->size));
}

bool pane_line(struct pane *pane, size_t from, size_t *n)
{
	size_t seen = 0, there = from >= pane->from && from < pane->to ? pane->to - from : 0;
	const char *newline;

	if (from >= pane->size)
		return false;
	while (!(newline = memchr(pane->at + from + seen, '\n', there - seen)) && from + there < pane->size) {
		seen = there;
		pane_need(pane, from, from + seen + 1);
		there = pane->to - from;
	}
	*n = newline ? (size_t)(newline - (pane->at + from)) : there;
	return true;
}

void pane_close(struct pane *pane)
{
	if (pane->fd >= 0) {
		munmap(pane->at, pane->size + 1);
		close(pane->fd);
	} else if (pane->owned) {
		free(pane->at);
	}
	*pane = (struct pane){.fd = -1};
}
