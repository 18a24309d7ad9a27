/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the same ruleset again and again, each time as one transaction: what a careless agent does at every change. */
#include <err.h>
#include <nftables/libnftables.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] = "usage: bad_writer SCRIPT\n"
			    "Runs SCRIPT, as `nft -f` does, until SIGTERM, and prints how often.\n";

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

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	unsigned times = 0;
	char *script;

	if (argc != 2 || !nft) {
		fputs(usage, stderr);
		return 2;
	}
	script = read_all(argv[1]);
	sigaction(SIGTERM, &action, NULL);
	for (; !stop; times++)
		if (nft_run_cmd_from_buffer(nft, script))
			errx(2, "%s cannot be written", argv[1]);
	nft_ctx_free(nft);
	free(script);
	printf("written %u\n", times);
	return 0;
}
