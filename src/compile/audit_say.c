/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is a finding of an audit put down? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "audit_parts.h"

#define NAMES_SHOWN 4

static char *text(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

static char *text(const char *fmt, va_list ap)
{
	char *out;

	if (vasprintf(&out, fmt, ap) < 0)
		abort();
	return out;
}

static char *text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *text_of(const char *fmt, ...)
{
	va_list ap;
	char *out;

	va_start(ap, fmt);
	out = text(fmt, ap);
	va_end(ap);
	return out;
}

static void set_source(struct finding *finding, const struct source *source, const char *file)
{
	finding->source = *source;
	finding->source.file = atom_ref(file);
}

/* A new finding; takes the message. */
static struct finding *add(const struct audit_view *view, const char *id, char *take, const char *ns)
{
	struct finding *finding = finding_add(&view->audit->findings, audit_rule(id), "%s", take);

	free(take);
	finding->ns = ns;
	return finding;
}

#define MESSAGE(fmt)                    \
	({                              \
		va_list ap_;            \
		char *text_;            \
		va_start(ap_, fmt);     \
		text_ = text(fmt, ap_); \
		va_end(ap_);            \
		text_;                  \
	})

struct finding *audit_about_unit(const struct audit_view *view, const char *id, const struct audit_unit *unit,
				 const char *fmt, ...)
{
	struct finding *finding = add(view, id, MESSAGE(fmt), unit->ns);

	finding->where = text_of("%s/%s", unit->ns, unit->name);
	set_source(finding, &unit->pod->object.source, unit->pod->object.source.file);
	return finding;
}

struct finding *audit_about_rule(const struct audit_view *view, const char *id, const struct policy *policy,
				 const struct rule *rule, const char *fmt, ...)
{
	struct finding *finding = add(view, id, MESSAGE(fmt), policy->object.ns);
	const struct source *source = rule && rule->source.line ? &rule->source : &policy->object.source;

	finding->policy = policy->object.name;
	finding->where = rule ? text_of("%s/%s %c[%u]", policy->object.ns, policy->object.name,
					*direction_name(rule->direction), rule->index)
			      : text_of("%s/%s", policy->object.ns, policy->object.name);
	set_source(finding, source, policy->object.source.file);
	return finding;
}

struct finding *audit_about_object(const struct audit_view *view, const char *id, const struct object *object,
				   const char *fmt, ...)
{
	struct finding *finding = add(view, id, MESSAGE(fmt), object->ns);

	finding->where = text_of("%s%s%s", object->ns ? object->ns : "", object->ns ? "/" : "", object->name);
	set_source(finding, &object->source, object->source.file);
	return finding;
}

struct finding *audit_about_ns(const struct audit_view *view, const char *id, const char *ns, const char *fmt, ...)
{
	const struct namespace *object = store_namespace(view->store, ns);
	struct finding *finding = add(view, id, MESSAGE(fmt), ns);

	finding->where = text_of("%s", ns);
	if (object)
		set_source(finding, &object->object.source, object->object.source.file);
	return finding;
}

void audit_key(struct finding *finding, const char *fmt, ...)
{
	free(finding->key);
	finding->key = MESSAGE(fmt);
}

void audit_names_add(struct audit_names *names, const char *name)
{
	if (!names->n || strcmp(names->at[names->n - 1], name))
		*vec_add(names) = name;
}

char *audit_names_take(struct audit_names *names)
{
	size_t shown = names->n > NAMES_SHOWN + 1 ? NAMES_SHOWN : names->n, size;
	char *out;
	FILE *to = open_memstream(&out, &size);

	if (!to)
		abort();
	for (size_t i = 0; i < shown; i++)
		fprintf(to, "%s%s", i ? ", " : "", names->at[i]);
	if (shown < names->n)
		fprintf(to, " and %zu more", names->n - shown);
	fclose(to);
	vec_free(names);
	return out;
}

char *audit_ports_text(const struct portset *ports)
{
	char *out;
	size_t size;
	FILE *to = open_memstream(&out, &size);

	if (!to)
		abort();
	portset_print(ports, to);
	fclose(to);
	return out;
}

char *audit_isolating_names(const struct audit_view *view, size_t class, enum direction direction)
{
	struct audit_names names = {VEC_EMPTY};
	const struct policy *const *policies;
	size_t n;

	policies = audit_isolating(view, class, direction, &n);
	for (size_t i = 0; i < n; i++)
		audit_names_add(&names, policies[i]->object.name);
	return audit_names_take(&names);
}
