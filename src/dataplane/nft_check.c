/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would nft take a script? */
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <selvage/nft_check.h>

#define SAID 400 /* bytes of what nft says that are passed on */

/* What a child process found out, as it goes through the pipe. */
struct finding {
	enum err_code code;
	char said[SAID];
};

/* libnftables, looked for when it is asked for: an agent needs none of it. */
struct nft {
	struct nft_ctx *(*make)(uint32_t flags);
	int (*keep_output)(struct nft_ctx *ctx);
	int (*keep_errors)(struct nft_ctx *ctx);
	int (*run)(struct nft_ctx *ctx, const char *text);
	const char *(*errors)(struct nft_ctx *ctx);
};

static bool find(void *library, const char *name, void *out)
{
	void *symbol = dlsym(library, name);

	memcpy(out, &symbol, sizeof symbol); /* POSIX has both of one size */
	return symbol;
}

static bool nft_load(struct nft *nft)
{
	void *library = dlopen("libnftables.so.1", RTLD_NOW);

	return library && find(library, "nft_ctx_new", &nft->make) &&
	       find(library, "nft_ctx_buffer_output", &nft->keep_output) &&
	       find(library, "nft_ctx_buffer_error", &nft->keep_errors) &&
	       find(library, "nft_run_cmd_from_buffer", &nft->run) &&
	       find(library, "nft_ctx_get_error_buffer", &nft->errors);
}

static void say(struct finding *finding, enum err_code code, const char *what, const char *why)
{
	finding->code = code;
	snprintf(finding->said, sizeof finding->said, "%s%s", what, why);
	finding->said[strcspn(finding->said, "\n")] = '\0';
}

/* In a process of its own. */
static void look(const char *base, const char *script, struct finding *finding)
{
	struct nft_ctx *ctx;
	struct nft nft;

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		say(finding, ERR_ABSENT, "there is no network namespace to be had: ", strerror(errno));
		return;
	}
	if (!nft_load(&nft)) {
		say(finding, ERR_ABSENT, "libnftables is not there", "");
		return;
	}
	ctx = nft.make(0);
	if (!ctx || nft.keep_output(ctx) || nft.keep_errors(ctx))
		say(finding, ERR_ABSENT, "libnftables does not start", "");
	else if (nft.run(ctx, base))
		say(finding, ERR_ABSENT, "nft does not take the table as it is: ", nft.errors(ctx));
	else if (nft.run(ctx, script))
		say(finding, ERR_KERNEL, "nft refuses the commands: ", nft.errors(ctx));
}

/* The whole finding, or none. */
static bool hear(int fd, struct finding *finding)
{
	char *to = (char *)finding;
	size_t n = 0;
	ssize_t got;

	do {
		got = read(fd, to + n, sizeof *finding - n);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return n == sizeof *finding;
}

int nft_check(const char *base, const char *script, struct err *err)
{
	struct finding finding = {.code = ERR_NONE};
	int ends[2];
	bool heard;
	pid_t child;

	if (pipe(ends))
		return err_sys(err, ERR_ABSENT, errno, "no pipe");
	child = fork();
	if (child == 0) {
		look(base, script, &finding);
		_exit(write(ends[1], &finding, sizeof finding) != sizeof finding);
	}
	close(ends[1]);
	heard = child > 0 && hear(ends[0], &finding);
	close(ends[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	if (!heard)
		return err_set(err, ERR_ABSENT, "the process that was to try it failed");
	finding.said[SAID - 1] = '\0';
	return finding.code == ERR_NONE ? 0 : err_set(err, finding.code, "%s", finding.said);
}
