/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the same ruleset again and again, each script as one transaction: what a careless agent does at every change, or
 * whoever flushes what is not his. */
#include <err.h>
#include <getopt.h>
#include <nftables/libnftables.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
	"usage: bad_writer [-k] [-n TIMES] SCRIPT...\n"
	"Runs one SCRIPT after the other, as `nft -f` does, TIMES or until SIGTERM; prints how often, and\n"
	"how many scripts were refused, which without -k is the end.\n";

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

struct writer {
	struct nft_ctx *nft;
	bool keep_on;
	unsigned times; /* 0: until told to stop */
	unsigned refused;
};

static void run(struct writer *writer, const char *name, const char *script)
{
	if (!nft_run_cmd_from_buffer(writer->nft, script))
		return;
	writer->refused++;
	if (!writer->keep_on)
		errx(2, "%s cannot be written", name);
}

static void read_options(int argc, char **argv, struct writer *writer)
{
	for (int c; (c = getopt(argc, argv, "kn:")) != -1;) {
		if (c == 'k')
			writer->keep_on = true;
		else if (c == 'n')
			writer->times = (unsigned)strtoul(optarg, NULL, 10);
		else
			optind = argc;
	}
	if (optind < argc)
		return;
	fputs(usage, stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct writer writer = {.nft = nft_ctx_new(NFT_CTX_DEFAULT)};
	char **scripts = calloc((size_t)argc, sizeof *scripts);
	unsigned times = 0;

	if (!writer.nft || !scripts)
		errx(2, "no memory");
	read_options(argc, argv, &writer);
	if (writer.keep_on)
		nft_ctx_buffer_error(writer.nft);
	for (int i = optind; i < argc; i++)
		scripts[i] = read_all(argv[i]);
	sigaction(SIGTERM, &action, NULL);
	for (; !stop && (!writer.times || times < writer.times); times++)
		for (int i = optind; i < argc; i++)
			run(&writer, argv[i], scripts[i]);
	nft_ctx_free(writer.nft);
	for (int i = optind; i < argc; i++)
		free(scripts[i]);
	free(scripts);
	printf("written %u refused %u\n", times, writer.refused);
	return 0;
}
