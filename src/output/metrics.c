/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does Prometheus want to know of the agent? */
#include <string.h>

#include <selvage/atom.h>
#include <selvage/metrics.h>

static const double bounds[HISTOGRAM_BOUNDS] = {
	50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 1, 5,
};

void histogram_add(struct histogram *histogram, double seconds)
{
	size_t i = 0;

	while (i < HISTOGRAM_BOUNDS && seconds > bounds[i])
		i++;
	histogram->counts[i]++;
	histogram->sum += seconds;
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP selvage_%s %s\n# TYPE selvage_%s %s\n", name, help, name, type);
}

static void number(FILE *out, const char *name, const char *type, const char *help, double value)
{
	head(out, name, type, help);
	fprintf(out, "selvage_%s %.17g\n", name, value);
}

static void histogram_print(FILE *out, const char *name, const char *help, const struct histogram *histogram)
{
	uint64_t n = 0;

	head(out, name, "histogram", help);
	for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
		n += histogram->counts[i];
		fprintf(out, "selvage_%s_bucket{le=\"%g\"} %ju\n", name, bounds[i], (uintmax_t)n);
	}
	n += histogram->counts[HISTOGRAM_BOUNDS];
	fprintf(out, "selvage_%s_bucket{le=\"+Inf\"} %ju\n", name, (uintmax_t)n);
	fprintf(out, "selvage_%s_sum %.17g\nselvage_%s_count %ju\n", name, histogram->sum, name, (uintmax_t)n);
}

/* Label values escape backslash, quote and newline; other control bytes never get here. */
static void label_value(FILE *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			fputs("\\n", out);
		else
			fprintf(out, "%s%c", text[i] == '"' || text[i] == '\\' ? "\\" : "", text[i]);
	}
}

static void feeds_print(const struct metrics *m, FILE *out)
{
	head(out, "feed_synced", "gauge", "Whether the first list of a kind is complete.");
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		if (m->feeds[k].watched)
			fprintf(out, "selvage_feed_synced{kind=\"%s\"} %d\n", object_kind_name((enum object_kind)k),
				m->feeds[k].synced);
	head(out, "feed_restarts_total", "counter", "Watches that ended and lists that were begun again.");
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		if (m->feeds[k].watched)
			fprintf(out, "selvage_feed_restarts_total{kind=\"%s\"} %ju\n",
				object_kind_name((enum object_kind)k), (uintmax_t)m->feeds[k].restarts);
	head(out, "feed_verified_total", "counter", "Lists that were compared with what the watches had told.");
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		if (m->feeds[k].watched)
			fprintf(out, "selvage_feed_verified_total{kind=\"%s\"} %ju\n",
				object_kind_name((enum object_kind)k), (uintmax_t)m->feeds[k].verified);
	head(out, "feed_differences_total", "counter", "Objects that they found to be otherwise.");
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		if (m->feeds[k].watched)
			fprintf(out, "selvage_feed_differences_total{kind=\"%s\"} %ju\n",
				object_kind_name((enum object_kind)k), (uintmax_t)m->feeds[k].differences);
	head(out, "feed_last_event_age_seconds", "gauge", "Time since the API server was last heard of.");
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		if (m->feeds[k].watched)
			fprintf(out, "selvage_feed_last_event_age_seconds{kind=\"%s\"} %.3f\n",
				object_kind_name((enum object_kind)k), m->feeds[k].age);
}

static void drops_print(const struct drops_metrics *drops, const char *metric, const char *help, FILE *out)
{
	head(out, metric, "counter", help);
	for (size_t i = 0; i < drops->n; i++) {
		const struct drop_metrics *drop = &drops->at[i];
		size_t ns = strcspn(drop->pod, "/");
		const char *name = drop->pod + ns + (drop->pod[ns] == '/');

		fprintf(out, "selvage_%s{namespace=\"", metric);
		label_value(out, drop->pod, ns);
		fputs("\",pod=\"", out);
		label_value(out, name, strlen(name));
		fprintf(out, "\",direction=\"%s\"} %ju\n", direction_name(drop->direction), (uintmax_t)drop->packets);
	}
}

static void other_drops_print(const struct metrics *m, FILE *out)
{
	static const char *const reasons[DROP_OTHER_COUNT] = {"overlay", "multicast", "unknown-ingress",
							      "unknown-egress", "forged"};

	head(out, "other_dropped_packets_total", "counter", "Packets that were dropped, but for no policy.");
	for (int i = 0; i < DROP_OTHER_COUNT; i++)
		fprintf(out, "selvage_other_dropped_packets_total{reason=\"%s\"} %ju\n", reasons[i],
			(uintmax_t)m->other_drops[i]);
	number(out, "untracked_packets_total", "counter", "Forwarded packets that another table's notrack concerns.",
	       (double)m->untracked);
	number(out, "untold_drops_total", "counter", "Dropped packets that the kernel had no room to tell of.",
	       (double)m->untold);
	if (m->limited)
		number(out, "memory_room_bytes", "gauge",
		       "Memory until the limit, the kernel's for the rules included.", (double)m->room);
}

static void tracking_print(const struct metrics *m, FILE *out)
{
	if (!m->tracking)
		return;
	number(out, "tracked_connections", "gauge", "Connections that the kernel tracks in this network namespace.",
	       (double)m->connections);
	if (m->connection_limit)
		number(out, "tracked_connections_limit", "gauge", "How many it may track.",
		       (double)m->connection_limit);
	number(out, "untrackable_packets_total", "counter", "Packets that it dropped for want of room to track them.",
	       (double)m->untrackable);
	number(out, "evicted_connections_total", "counter",
	       "Connections without an answer that it forgot, that others might have room.", (double)m->evicted);
}

static void degraded_print(const struct metrics *m, FILE *out)
{
	head(out, "degraded", "gauge", "Why the node does not hold what is wanted; no sample when it does.");
	if (!m->degraded)
		return;
	fputs("selvage_degraded{reason=\"", out);
	label_value(out, m->degraded, strlen(m->degraded));
	fputs("\"} 1\n", out);
}

void metrics_print(const struct metrics *m, FILE *out)
{
	static const char *const fact_names[FACT_KIND_COUNT] = {"counter", "set", "chain", "element"};

	number(out, "ready", "gauge", "Whether the kernel holds what is wanted, and everything is known.", m->ready);
	degraded_print(m, out);
	head(out, "objects", "gauge", "Objects known of the cluster.");
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		fprintf(out, "selvage_objects{kind=\"%s\"} %zu\n", object_kind_name((enum object_kind)k),
			m->objects[k]);
	head(out, "flawed_objects", "gauge", "Objects of the API server that cannot be understood in full, now.");
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		fprintf(out, "selvage_flawed_objects{kind=\"%s\"} %zu\n", object_kind_name((enum object_kind)k),
			m->flawed[k]);
	feeds_print(m, out);
	number(out, "local_pods", "gauge", "Live pods of this node.", (double)m->local);
	number(out, "isolated_pods", "gauge", "Those that some policy isolates.", (double)m->isolated);
	head(out, "facts", "gauge", "What the enforced rules of this node consist of.");
	for (int k = 0; k < FACT_KIND_COUNT; k++)
		fprintf(out, "selvage_facts{kind=\"%s\"} %zu\n", fact_names[k], m->facts[k]);
	number(out, "commits_total", "counter", "Transactions that the kernel took.", (double)m->commits);
	number(out, "commit_failures_total", "counter", "Those that it did not.", (double)m->failures);
	number(out, "commit_messages_total", "counter", "Netlink messages in committed transactions.",
	       (double)m->messages);
	number(out, "cut_connections_total", "counter", "Connections that were cut because policy denies them now.",
	       (double)m->cut);
	number(out, "table_owned", "gauge", "Whether the kernel keeps other processes from writing to the table.",
	       m->owned);
	number(out, "drift_repairs_total", "counter", "Commits that undid what other processes did to the table.",
	       (double)m->repairs);
	histogram_print(out, "commit_seconds", "From the first message of a change to the kernel's answer.",
			&m->commit);
	histogram_print(out, "event_seconds", "From the arrival of a change to the kernel's answer.", &m->event);
	drops_print(&m->drops, "dropped_packets_total", "Packets that policies denied, by the pod whose policies did.",
		    out);
	other_drops_print(m, out);
	tracking_print(m, out);
	number(out, "shadow_policies", "gauge", "Policies that are proposed, and not enforced.", (double)m->proposed);
	number(out, "shadow_active", "gauge", "Whether the table counts what they would drop.", m->shadow);
	drops_print(&m->shadow_drops, "shadow_drops_total",
		    "Packets that proposed policies would have denied, by the pod whose policies would.", out);
}

static void drops_fini(struct drops_metrics *drops)
{
	for (size_t i = 0; i < drops->n; i++)
		atom_put(drops->at[i].pod);
	vec_free(drops);
}

void metrics_fini(struct metrics *metrics)
{
	drops_fini(&metrics->drops);
	drops_fini(&metrics->shadow_drops);
}
