/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a fuzz target, without a fuzzer, on every file of its corpus: fuzz_X on $TREE/t/fuzz/corpus/X. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* One file; a target that does not survive it takes the process down, with the file's name as its last words. */
static void replay(const char *folder, const char *name)
{
	static uint8_t data[1 << 20];
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *in = fopen(path, "rb");

	if (!in) {
		perror(path);
		exit(1);
	}
	size_t size = fread(data, 1, sizeof data, in);

	fclose(in);
	printf("# %s\n", name);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
	const char *tree = getenv("TREE"), *target = argc ? strrchr(argv[0], '/') : NULL;
	char folder[2048];
	struct dirent **files;

	if (!tree || !target || strncmp(target, "/fuzz_", 6) != 0)
		return 1;
	snprintf(folder, sizeof folder, "%s/t/fuzz/corpus/%s", tree, target + 6);
	int n = scandir(folder, &files, visible, alphasort);

	for (int i = 0; i < n; i++) {
		replay(folder, files[i]->d_name);
		free(files[i]);
	}
	printf("%s 1 - %s survives the %d inputs of its corpus\n1..1\n", n > 0 ? "ok" : "not ok", target + 1, n);
	if (n >= 0)
		free(files);
	return n > 0 ? 0 : 1;
}
