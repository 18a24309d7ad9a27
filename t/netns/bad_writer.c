/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the same ruleset again and again, each script as one transaction: what a careless agent does at every change. */
#include <err.h>
#include <nftables/libnftables.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] = "usage: bad_writer SCRIPT...\n"
			    "Runs one SCRIPT after the other, as `nft -f` does, until SIGTERM; prints how often.\n";

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static char *read_all(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (!in || getdelim(&text, &room, '\0', in) <= 0)
		err(2, "%s", path);
	fclose(in);
	return text;
}

static void run(struct nft_ctx *nft, const char *name, const char *script)
{
	if (nft_run_cmd_from_buffer(nft, script))
		errx(2, "%s cannot be written", name);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	char **scripts = calloc((size_t)argc, sizeof *scripts);
	unsigned times = 0;

	if (argc < 2 || !nft || !scripts) {
		fputs(usage, stderr);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		scripts[i] = read_all(argv[i]);
	sigaction(SIGTERM, &action, NULL);
	for (; !stop; times++)
		for (int i = 1; i < argc; i++)
			run(nft, argv[i], scripts[i]);
	nft_ctx_free(nft);
	for (int i = 1; i < argc; i++)
		free(scripts[i]);
	free(scripts);
	printf("written %u\n", times);
	return 0;
}
