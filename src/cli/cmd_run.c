/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage run: keep this node's table equal to what the policies say. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <selvage/drops.h>
#include <selvage/folder.h>
#include <selvage/host.h>
#include <selvage/local.h>
#include <selvage/log.h>
#include <selvage/loop.h>
#include <selvage/reconcile.h>

#include "cli.h"
#include "frame.h"
#include "world.h"

static const struct cli_option options[] = {
	{"from", 0, "DIR", "enforce and watch a directory of manifests instead of an API server"},
	LIVE_OPTIONS,
	FRAME_OPTIONS,
	{"flannel-env", 0, "FILE", "what tells the pod CIDR without --pod-cidr (default: " HOST_FLANNEL ")"},
	{"forged-sources", 0, "HOW",
	 "what becomes of what a pod sends from another's address: drop (default) or allow"},
	{"keep-established", 0, NULL, "let connections go on that policy does not allow any more"},
	{"log-drops", 0, NULL, "log dropped packets, at most 10 a second per pod and direction"},
	{"metrics", 0, "ADDR:PORT", "answer /healthz, /readyz and /metrics over HTTP"},
	{"no-table-owner", 0, NULL, "let other processes write to the table (what they do is put right)"},
	{"node", 0, "NAME", "the node whose pods to protect (default: $NODE_NAME, then the host name)"},
	PROPOSAL_OPTIONS,
	{"socket", 0, "FILE", "where to answer `selvage status` and `monitor` (default: " LOCAL_PATH ")"},
	{0},
};

/* Stops only when told to. */
static enum exit_code loop(const struct args *args, struct loop_config *config)
{
	const char *socket = args_value(args, "socket");
	struct sink sink = reconcile_shadow_sink(config->reconcile);
	struct err err = {0};
	bool ok;
	int rc;

	config->metrics = args_value(args, "metrics");
	config->socket = socket ? socket : LOCAL_PATH;
	config->shadow = proposal_open(args, &sink, true, &ok);
	if (!ok)
		return EXIT_CODE_FATAL;
	rc = loop_run(config, &err);
	folder_close(config->shadow);
	if (rc)
		return cli_fatal(args, "%s", err.msg);
	log_info("stopping; the table stays in force (`selvage cleanup` removes it)");
	return EXIT_CODE_NOTHING;
}

static enum exit_code run_folder(const struct args *args, const char *from, struct reconcile *reconcile)
{
	struct sink sink = reconcile_sink(reconcile);
	struct loop_config config = {.reconcile = reconcile};
	enum exit_code code;
	struct err err = {0};

	config.folder = folder_open(from, &sink, true, &err);
	if (!config.folder)
		return cli_fatal(args, "%s", err.msg);
	code = loop(args, &config);
	folder_close(config.folder);
	return code;
}

static enum exit_code run_api(const struct args *args, struct reconcile *reconcile)
{
	struct kubeconf api;
	struct loop_config config = {.reconcile = reconcile, .api = &api};
	enum exit_code code;

	if (!live_conf(args, &api))
		return EXIT_CODE_FATAL;
	code = loop(args, &config);
	kubeconf_fini(&api);
	return code;
}

/* A group that is named is another program's to listen to; without one, we listen to our own. */
static bool read_drops(const struct args *args, struct reconcile_config *config)
{
	config->listen = !args_value(args, "log-group");
	config->log_drops = args_value(args, "log-drops");
	if (config->listen)
		config->compile.log_group = DROPS_GROUP;
	if (config->listen || !config->log_drops)
		return true;
	cli_fatal(args, "--log-drops and --log-group: one program listens to a group");
	return false;
}

static enum exit_code run(const struct args *args)
{
	char host[NODE_NAME_SIZE];
	const char *node = node_name(args, host), *from = args_value(args, "from");
	const char *flannel = args_value(args, "flannel-env");
	struct reconcile_config config = {
		.live = !from,
		.keep = args_value(args, "keep-established"),
		.flannel = flannel ? flannel : HOST_FLANNEL,
		.ipvs = HOST_IPVS,
		.shadow = proposal_given(args),
		.shared = args_value(args, "no-table-owner"),
	};
	struct reconcile *reconcile;
	enum exit_code code;
	struct err err = {0};

	if (args->n_operands)
		return cli_fatal(args, "takes no operand, got %s", args->operands[0]);
	if (!source_clear(args))
		return EXIT_CODE_FATAL;
	if (!*node)
		return cli_fatal(args, "needs the node's name: --node NAME or $NODE_NAME");
	if (!frame_read(args, node, &config.compile) || !read_drops(args, &config) ||
	    !frame_choose(args, "forged-sources", "drop", "allow", &config.any_source))
		return EXIT_CODE_FATAL;
	reconcile = reconcile_new(&config, &err);
	if (!reconcile)
		return cli_fatal(args, "%s", err.msg);
	code = from ? run_folder(args, from, reconcile) : run_api(args, reconcile);
	reconcile_free(reconcile);
	return code;
}

const struct command cmd_run = {"run", "", "keep this node's table equal to what the policies say", options, run};
