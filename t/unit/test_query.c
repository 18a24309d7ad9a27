/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of the API server. */
#include <stdlib.h>

#include "../../src/input/query.h"

#include "unit.h"

static void is(char *path, const char *want)
{
	cr_expect_str_eq(path, want);
	free(path);
}

UNIT(query, the_first_list_takes_what_the_server_has_at_hand)
{
	struct query query = {.path = "/api/v1/pods", .version = "0"};

	is(query_list(&query, NULL, 500), "/api/v1/pods?limit=500&resourceVersion=0");
}

UNIT(query, a_later_list_is_not_older_and_comes_from_the_cache)
{
	struct query query = {.path = "/p", .version = "77"};

	is(query_list(&query, NULL, 500), "/p?limit=0&resourceVersion=77&resourceVersionMatch=NotOlderThan");
}

UNIT(query, the_newest_list_comes_in_pages)
{
	struct query query = {.path = "/p", .selector = "status.phase!=Failed,a=b", .version = ""};

	is(query_list(&query, NULL, 500), "/p?limit=500&fieldSelector=status.phase%21%3DFailed%2Ca%3Db");
}

UNIT(query, a_further_page_names_no_version)
{
	struct query query = {.path = "/p", .version = "77"};

	is(query_list(&query, "a+b/c=&x", 500), "/p?limit=500&continue=a%2Bb%2Fc%3D%26x");
}

UNIT(query, an_object_is_asked_for_by_its_name)
{
	is(query_object("/api/v1/nodes", "n1.example"), "/api/v1/nodes/n1.example");
	is(query_object("/api/v1/nodes", "a/b?c"), "/api/v1/nodes/a%2Fb%3Fc");
}

UNIT(query, a_watch_goes_on_from_a_version)
{
	struct query query = {.path = "/p", .selector = "a!=b", .version = "12"};

	is(query_watch(&query, false, 300),
	   "/p?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=12&fieldSelector=a%21%3Db");
}

UNIT(query, a_watch_may_begin_with_a_list)
{
	struct query query = {.path = "/p", .version = ""};

	is(query_watch(&query, true, 301), "/p?watch=1&allowWatchBookmarks=true&timeoutSeconds=301"
					   "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
}

UNIT(query, a_list_of_a_version_and_no_other_comes_in_pages)
{
	struct query query = {.path = "/p", .version = "77", .exact = true};

	is(query_list(&query, NULL, 500), "/p?limit=500&resourceVersion=77&resourceVersionMatch=Exact");
	is(query_list(&query, "t", 500), "/p?limit=500&continue=t");
}
