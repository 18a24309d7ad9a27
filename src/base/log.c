/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened, as one line that no user text can break out of. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <selvage/log.h>
#include <selvage/text.h>

static enum log_level threshold = LOG_LEVEL_INFO;

/* The journal takes "<3>" in front of a line as its priority (sd-daemon(3)) and removes it. */
static const char *log_prefix(enum log_level level)
{
	static const char *const prefix[] = {"<3>", "<4>", "<6>", "<7>"};

	return getenv("JOURNAL_STREAM") ? prefix[level] : "";
}

/* The line is made first and written at once, so that lines of several processes do not mix. */
static void log_write(enum log_level level, const char *msg)
{
	char *line = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&line, &n);

	if (!out)
		abort();
	fprintf(out, "%sselvage: ", log_prefix(level));
	text_safe(out, msg);
	fputc('\n', out);
	if (fclose(out))
		abort();
	fwrite(line, 1, n, stderr);
	free(line);
}

void log_set_level(enum log_level level)
{
	threshold = level;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	va_list args;
	char *msg;
	int n;

	if (level > threshold)
		return;
	va_start(args, fmt);
	n = vasprintf(&msg, fmt, args);
	va_end(args);
	if (n < 0)
		abort();
	log_write(level, msg);
	free(msg);
}
