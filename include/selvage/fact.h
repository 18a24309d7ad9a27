/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wanted ruleset is a sorted list of facts.  A fact is one object of the table `inet selvage`: a counter, a set or
 * map, a chain with all its rules, or one element.  The compiler makes facts, the kernel is read into facts, the
 * difference of two lists is a patch.
 */
#ifndef SELVAGE_FACT_H
#define SELVAGE_FACT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <selvage/ip.h>

#define FACT_TABLE "selvage"       /* in family inet */
#define FACT_SHADOW "shadow-"      /* the names begin so of facts that only count what would be dropped: shadow.h */
#define FACT_MULTICAST "multicast" /* the chain, and its counter, of what is for many pods, isolated ones among them */
#define FACT_MANY4 "many-4" /* the chains that look for it; empty, if no pod of the node is isolated for ingress */
#define FACT_MANY6 "many-6"
#define FACT_UNTRACKED \
	"untracked" /* the chain, and its counter, of what belongs to no connection because others said notrack */
#define FACT_FORGED "forged" /* the counter of nl_sources(), in a table of its own */
#define FACT_CUT4 "cut4"     /* the transient sets of nl_cut() */
#define FACT_CUT6 "cut6"
#define FACT_COMMENT_MAX 120        /* bytes of a comment; the kernel takes 128 */
#define FACT_NAME_MAX 49            /* bytes of a name we make; the kernel takes 255 */
#define FACT_TRANSIENT_MAX 65536    /* elements of a transient set */
#define FACT_TRANSIENT_SECONDS 900  /* each of them stays for */
#define FACT_LOG_RATE 10            /* packets a second that a limit lets on to a log */
#define FACT_LOG_BURST 20           /* packets that it lets on at once */
#define FACT_PRIORITY_OTHER INT_MIN /* read back: hooked otherwise than we hook */

/* In the order in which they are declared: what comes later may refer to what comes earlier, chains to each other. */
enum fact_kind { FACT_COUNTER, FACT_SET, FACT_CHAIN, FACT_ELEMENT, FACT_KIND_COUNT };

/* What a set or map is keyed by. */
enum key_type {
	KEY_IP4,        /* ipv4_addr, 4 bytes */
	KEY_IP6,        /* ipv6_addr, 16 bytes */
	KEY_PROTO_PORT, /* inet_proto . inet_service: protocol, 3 zero bytes, port in network order, 2 zero bytes */
	KEY_PORT,       /* inet_service, 2 bytes in network order */
	KEY_FLOW4,      /* ipv4_addr . inet_proto . inet_service . ipv4_addr . inet_service: source, then destination,
			 * each field padded with zero bytes to a multiple of 4; 20 bytes */
	KEY_FLOW6,      /* the same of ipv6_addr; 44 bytes */
	KEY_OTHER,      /* read back, not of our making */
	KEY_TYPE_COUNT
};

enum verdict_kind { VERDICT_CONTINUE, VERDICT_ACCEPT, VERDICT_DROP, VERDICT_JUMP, VERDICT_GOTO };

struct action {
	enum verdict_kind kind;
	const char *chain; /* atom; JUMP and GOTO */
};

/* Where a base chain meets packets. */
enum chain_hook {
	CHAIN_HOOK_FORWARD, /* those that pass through the node, and those that its bridges pass on */
	CHAIN_HOOK_INPUT,   /* those for the node itself */
	CHAIN_HOOK_OUTPUT,  /* those that the node sends */
	CHAIN_HOOK_COUNT
};

/* What kind of link a packet came in on, of those that lead to pods. */
enum link_kind { LINK_BRIDGE, LINK_VETH, LINK_VXLAN, LINK_KIND_COUNT };

enum reject_kind {
	REJECT_RESET,      /* a TCP segment with RST; after STEP_PROTO of TCP */
	REJECT_PROHIBITED, /* ICMP or ICMPv6, administratively prohibited */
	REJECT_KIND_COUNT
};

/* One expression of a rule; a rule is what all its steps say, in order. */
enum step_kind {
	STEP_ESTABLISHED,    /* ct state established,related */
	STEP_UNTRACKED,      /* ct state untracked */
	STEP_FAMILY,         /* meta nfproto ipv4 */
	STEP_ADDR_IS,        /* ip saddr ADDR/bits */
	STEP_ADDR_IN,        /* ip saddr @set */
	STEP_ADDR_MAP,       /* ip saddr vmap @map */
	STEP_FLOW_IN,        /* ip saddr . meta l4proto . th sport . ip daddr . th dport @set */
	STEP_ADDR_TYPE,      /* fib saddr type N (RTN_LOCAL, RTN_MULTICAST, RTN_BROADCAST) */
	STEP_ADDR_TYPE_HERE, /* fib saddr . iif type N: on the link that the packet came in on */
	STEP_LINK_KIND,      /* meta iifkind "bridge" */
	STEP_PROTO,          /* meta l4proto N */
	STEP_HOP_LIMIT,      /* ip6 hoplimit N */
	STEP_ICMP6_TYPE,     /* icmpv6 type N */
	STEP_PORT_IN,        /* th dport @set, of KEY_PORT */
	STEP_PORT_MAP,       /* th dport vmap @map, in an interval map of KEY_PORT */
	STEP_PROTO_PORT_MAP, /* meta l4proto . th dport vmap @map */
	STEP_COUNTER,        /* counter name "NAME" */
	STEP_LIMIT,          /* limit rate FACT_LOG_RATE/second burst FACT_LOG_BURST packets */
	STEP_LOG,            /* log prefix "NAME" group N */
	STEP_REJECT,         /* reject with tcp reset, reject with icmpx admin-prohibited */
	STEP_ACTION,         /* the verdict */
	STEP_OTHER,          /* read back, not of our making: equal to nothing we want */
	STEP_KIND_COUNT
};

struct step {
	enum step_kind kind;
	bool source;    /* ADDR_*: saddr, not daddr */
	uint8_t family; /* FAMILY, ADDR_IN, ADDR_MAP and FLOW_IN: enum family */
	uint8_t number; /* ADDR_TYPE*, PROTO, HOP_LIMIT, ICMP6_TYPE; LINK_KIND: enum link_kind; REJECT: enum reject_kind */
	uint16_t group;   /* LOG: who listens */
	struct cidr addr; /* ADDR_IS */
	const char *name; /* atom: the set, map or counter; LOG: the prefix */
	struct action action;
};

#define RULE_STEPS 4

struct chain_rule {
	struct step steps[RULE_STEPS];
	uint8_t n;
	const char *comment; /* atom or NULL */
};

struct fact {
	enum fact_kind kind;
	const char *name;    /* atom: the counter, set or chain; for an element its set or map */
	const char *comment; /* atom or NULL: who it is for; counters, chains and elements */
	union {
		struct {
			enum key_type key;
			bool map;       /* maps a key to a verdict */
			bool interval;  /* holds ranges */
			bool transient; /* its elements come and go by themselves and are no facts: nl_cut() */
		} set;
		struct {
			bool base;            /* hooked: type filter, policy accept */
			enum chain_hook hook; /* base only, as is the next */
			int priority;
			struct chain_rule *rules;
			size_t n;
		} chain;
		struct {
			uint8_t lo[16], hi[16]; /* hi equals lo unless the set holds intervals; both included */
			uint8_t size;           /* bytes of the key in use */
			struct action action;   /* of a map */
		} element;
	};
};

/* A list that owns what its facts refer to. */
struct facts {
	VEC(struct fact);
};

/* Key order: kind, name (strcmp), then for elements the key bytes.  Two facts with equal keys are versions of one
 * thing. */
int fact_cmp(const struct fact *a, const struct fact *b);

/* Equal keys and equal content. */
bool fact_eq(const struct fact *a, const struct fact *b);

/* Bytes of a key of this type. */
uint8_t key_size(enum key_type type);

/* Appends a deep copy. */
void facts_add(struct facts *facts, const struct fact *fact);

/* Sorts by fact_cmp(). */
void facts_sort(struct facts *facts);

/* The fact with this kind and name (and, of elements, the first), in a sorted list; NULL if there is none. */
const struct fact *facts_find(const struct facts *facts, enum fact_kind kind, const char *name);

void facts_free(struct facts *facts);

/* The part of a name after FACT_SHADOW; NULL: it does not begin so, and is about what is enforced. */
const char *fact_shadow(const char *name);

/* Copies and releases the atoms and rules of a single fact. */
void fact_copy(struct fact *to, const struct fact *from);
void fact_fini(struct fact *fact);

/* One line per fact (and per rule of a chain), for people and golden files. */
void fact_print(const struct fact *fact, FILE *out);

/* Parts of it, in nft's words: the type of a key, a key of this many bytes, a verdict, a step. */
const char *key_type_name(enum key_type type);
void key_print(const uint8_t *key, uint8_t size, FILE *out);
void action_print(const struct action *action, FILE *out);
void step_print(const struct step *step, FILE *out);

/* In nft's words. */
const char *hook_name(enum chain_hook hook);

/* Is the step's name that of a counter or a set of the table?  Then of which. */
bool step_refers(const struct step *step, enum fact_kind *kind);

/* The atom of a text as a comment that kernel, nft and terminals take as it is: quotes, backslashes, control bytes and
 * what is not UTF-8 become '?', and it is cut to FACT_COMMENT_MAX bytes between two characters.  NULL for NULL and
 * "". */
const char *fact_comment(const char *text);

/*
 * What must change: everything in `del` goes, everything in `add` comes.  A fact that stands in both with the same key
 * is replaced in place.  Both lists are sorted; a patch owns its facts.
 */
struct patch {
	struct facts del, add;
};

void patch_free(struct patch *patch);
bool patch_empty(const struct patch *patch);

/* Does it do more than open?  An element that comes to a dispatch map isolates a pod; anything that goes may have let
 * somebody in. */
bool patch_closes(const struct patch *patch);

/* Does it close what is addressed to many?  That is about pods that did not change. */
bool patch_closes_many(const struct patch *patch);

/* Adds a rule to a chain fact that is being built; returns it, with no steps, valid until the next. */
struct chain_rule *fact_add_rule(struct fact *chain);

#endif
