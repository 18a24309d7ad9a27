/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches a cluster into a store, for tests: `drive [--once [--wide] [--lenient]] [--usual] [--verify] [--log FILE] [--context NAME] KUBECONFIG`.  With a
 * line "dump" on standard input it prints what the store holds and how the watches stand, then a line with a dot; it ends
 * with its standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <selvage/atom.h>
#include <selvage/cluster.h>
#include <selvage/sticky.h>

#include "../../src/input/watch.h"

/* As the usual pace, but in a test's time. */
static const struct watch_pace quick = {
	.backoff = {.first = 0.1, .most = 1, .healthy = 120},
	.first_silence = 1.5,
	.shortest = 0.3,
	.watch_least = 3,
	.watch_most = 6,
	.watch_silence = 4,
	.head = 5,
	.list_silence = 3,
	.rewind_after = 3,
	.delete_after = 0.2,
	.delete_most = 2,
	.object_most = (size_t)8 << 20,
};

/* Also looks again and again whether what it knows is what there is. */
static struct watch_pace verifying(void)
{
	struct watch_pace pace = quick;

	pace.verify = 0.3;
	return pace;
}

struct drive {
	struct event_base *base;
	struct cluster *cluster;
	struct store *store;
	struct sticky *sticky;
	FILE *log;
	bool wide, lenient;
	size_t problems, turns, early; /* early: turns before everything was handed over */
};

static void print_labels(const struct labels *labels, FILE *out)
{
	for (size_t i = 0; i < labels->n; i++)
		fprintf(out, "%s%s=%s", i ? "," : " ", labels->at[i].key, labels->at[i].value);
}

static void print_object(const struct object *object, FILE *out)
{
	const struct pod *pod = (const void *)object;
	const struct namespace *ns = (const void *)object;
	const struct policy *policy = (const void *)object;
	char text[IP_TEXT];

	fprintf(out, "%s %s/%s", object_kind_name(object->kind), object->ns ? object->ns : "", object->name);
	if (object->kind == OBJECT_POD) {
		fprintf(out, " %s", pod->node ? pod->node : "-");
		for (size_t i = 0; i < pod->n_ips; i++)
			fprintf(out, " %s", ip_print(&pod->ips[i], text));
		fputs(pod->finished ? " finished" : "", out);
		print_labels(&pod->labels, out);
	} else if (object->kind == OBJECT_NAMESPACE) {
		fputs(ns->terminating ? " terminating" : "", out);
		print_labels(&ns->labels, out);
	} else if (object->kind == OBJECT_POLICY) {
		fprintf(out, " %zu rules ", policy->n_rules);
		selector_print(&policy->pods, out);
	}
	fputc('\n', out);
}

static void on_put(void *ctx, struct object *take)
{
	struct drive *drive = ctx;

	fputs("+ ", drive->log);
	print_object(take, drive->log);
	sticky_put(drive->sticky, take);
}

static void on_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	struct drive *drive = ctx;

	fprintf(drive->log, "- %s %s/%s\n", object_kind_name(kind), ns ? ns : "", name);
	sticky_del(drive->sticky, kind, ns, name);
}

static void on_problem(void *ctx, const struct problem *problem)
{
	struct drive *drive = ctx;

	drive->problems++;
	fprintf(drive->log, "! %s\n", problem->message);
}

static void on_turned(void *ctx)
{
	struct drive *drive = ctx;

	drive->turns++;
	drive->early += !cluster_synced(drive->cluster);
	fprintf(drive->log, "turned%s\n", cluster_synced(drive->cluster) ? "" : " early");
	fflush(drive->log);
	store_settle(drive->store);
}

static void print_state(const struct drive *drive, enum object_kind kind)
{
	const struct cluster_state *s = cluster_state(drive->cluster, kind);

	printf("# %s synced=%d live=%d version=%lu requests=%lu lists=%lu restarts=%lu failures=%lu events=%lu "
	       "rejected=%lu "
	       "stale=%lu verified=%lu differences=%lu age=%.3f error=%s\n",
	       object_kind_name(kind), s->synced, s->live, s->version, s->requests, s->lists, s->restarts, s->failures,
	       s->events, s->rejected, s->stale, s->verified, s->differences,
	       s->last_event.ns ? mono_seconds(s->last_event, mono_now()) : -1, s->error);
}

static void dump(const struct drive *drive)
{
	for (enum object_kind kind = 0; kind < OBJECT_KIND_COUNT; kind++)
		for (const struct object *o = NULL; (o = store_walk(drive->store, kind, o));)
			print_object(o, stdout);
	for (enum object_kind kind = 0; drive->cluster && kind < OBJECT_WATCHED_COUNT; kind++)
		print_state(drive, kind);
	printf("# drive problems=%zu turns=%zu early=%zu held=%zu\n.\n", drive->problems, drive->turns, drive->early,
	       sticky_count(drive->sticky));
	fflush(stdout);
}

static void on_input(evutil_socket_t fd, short what, void *ctx)
{
	struct drive *drive = ctx;
	char command[64];
	ssize_t n = read(fd, command, sizeof command);

	(void)what;
	if (n <= 0)
		event_base_loopbreak(drive->base);
	else
		dump(drive);
}

static int fail(const struct err *err)
{
	fprintf(stderr, "drive: %s\n", err->msg);
	return 2;
}

static struct sink sink_of(struct drive *drive)
{
	return (struct sink){.put = on_put, .del = on_del, .problem = on_problem, .ctx = drive};
}

static void on_missing(void *ctx, enum object_kind kind, const char *why)
{
	(void)ctx;
	printf("? %s %s\n", object_kind_name(kind), why);
}

static int run_once(struct drive *drive, const struct kubeconf *conf)
{
	struct cluster_want want = {.sink = sink_of(drive), .missing = on_missing, .lenient = drive->lenient};
	struct err err = {0};

	want.sink.wide = drive->wide;
	if (cluster_list(conf, &want, &err))
		return fail(&err);
	dump(drive);
	return 0;
}

static int run(struct drive *drive, const struct kubeconf *conf, const struct watch_pace *pace)
{
	struct cluster_calls calls = {.sink = sink_of(drive), .turned = on_turned, .ctx = drive};
	struct event *input;
	struct err err = {0};

	drive->base = event_base_new();
	drive->cluster = cluster_open(drive->base, conf, &calls, pace, &err);
	if (!drive->cluster)
		return fail(&err);
	input = event_new(drive->base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, drive);
	event_add(input, NULL);
	event_base_dispatch(drive->base);
	event_free(input);
	cluster_close(drive->cluster);
	event_base_free(drive->base);
	return 0;
}

struct options {
	struct kubeconf_from from;
	const char *log;
	bool once, wide, lenient, usual, verify;
};

static bool options_read(struct options *options, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--once"))
			options->once = true;
		else if (!strcmp(argv[i], "--wide"))
			options->wide = true;
		else if (!strcmp(argv[i], "--lenient"))
			options->lenient = true;
		else if (!strcmp(argv[i], "--usual"))
			options->usual = true;
		else if (!strcmp(argv[i], "--verify"))
			options->verify = true;
		else if (!strcmp(argv[i], "--log") && i + 1 < argc)
			options->log = argv[++i];
		else if (!strcmp(argv[i], "--context") && i + 1 < argc)
			options->from.context = argv[++i];
		else if (!options->from.file && *argv[i] != '-')
			options->from.file = argv[i];
		else
			return false;
	}
	return true;
}

static int run_with(struct drive *drive, const struct options *options)
{
	const struct watch_pace *pace = options->usual ? &watch_pace_usual : &quick, verify = verifying();
	struct kubeconf conf;
	struct err err;
	int status;

	if (kubeconf_load(&options->from, &conf, &err))
		return fail(&err);
	if (options->once)
		status = run_once(drive, &conf);
	else
		status = run(drive, &conf, options->verify ? &verify : pace);
	kubeconf_fini(&conf);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.log = "/dev/null"};
	struct drive drive = {0};
	int status;

	if (!options_read(&options, argc, argv)) {
		fputs("usage: drive [--once [--wide] [--lenient]] [--usual] [--verify] [--log FILE] [--context NAME] "
		      "[KUBECONFIG]\n",
		      stderr);
		return 2;
	}
	drive.wide = options.wide;
	drive.lenient = options.lenient;
	drive.log = fopen(options.log, "w");
	if (!drive.log)
		return 2;
	drive.store = store_new();
	drive.sticky = sticky_new(drive.store);
	status = run_with(&drive, &options);
	sticky_free(drive.sticky);
	store_free(drive.store);
	fclose(drive.log);
	return status;
}
