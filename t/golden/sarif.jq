# SPDX-License-Identifier: GPL-2.0-or-later
# What breaks SARIF 2.1.0 (OASIS Standard, section 3) in a log, a line each: types, required and unknown properties, enumerations,
# and that rules are referred to as they stand.  Only what selvage writes is known; anything else is a fault.

def fault($where; $what): "\($where): \($what)";

# The properties of an object: all of $required, none but these and $optional.
def object($where; $required; $optional):
	if type != "object" then fault($where; "must be an object")
	else
		(keys_unsorted as $have
		| ($required - $have | .[] | fault($where; "lacks \(.)")),
		  ($have - $required - $optional | .[] | fault($where; "has \(.)")))
	end;

def text($where): if type != "string" or . == "" then fault($where; "must be a text") else empty end;
def list($where): if type != "array" then fault($where; "must be an array") else empty end;
def number($where; $least):
	if type != "number" or . != floor or . < $least then fault($where; "must be an integer of at least \($least)") else empty end;
def among($where; $words): . as $word | if $words | index([$word]) then empty else fault($where; "is none of \($words)") end;
def items: if type == "array" then .[] else empty end;

# 3.11 message object, 3.12 multiformatMessageString object
def message($where): object($where; ["text"]; ["markdown"]), (.text? // null | text("\($where).text"));

# RFC 3986: a URI reference.
def uri($where):
	if type != "string" or (test("^[A-Za-z0-9._~/:@!$&'()*+,;=%-]+$") and (gsub("%[0-9A-Fa-f]{2}"; "") | contains("%") | not) | not)
	then fault($where; "is no URI reference") else empty end;

# 3.49 reportingDescriptor object
def rule($where):
	object($where; ["id"]; ["name", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"]),
	(.id? | text("\($where).id")),
	((.shortDescription, .fullDescription, .help) | message($where)),
	(.defaultConfiguration | object("\($where).defaultConfiguration"; []; ["level"]),
		(.level | among("\($where).level"; ["none", "note", "warning", "error"]))),
	(.properties | object("\($where).properties"; []; ["tags", "security-severity"]), (.tags | list("\($where).tags")),
		(.["security-severity"] // "1" | text("\($where).security-severity")));

# 3.30 region object
def region($where):
	object($where; ["startLine"]; ["startColumn", "snippet"]),
	(.startLine? | number("\($where).startLine"; 1)),
	(.startColumn? // 1 | number("\($where).startColumn"; 1)),
	(.snippet? // empty | object("\($where).snippet"; ["text"]; []));

# 3.28 location object
def location($where):
	object($where; []; ["physicalLocation", "logicalLocations"]),
	(.physicalLocation? // empty | object($where; ["artifactLocation"]; ["region"]),
		(.artifactLocation | object($where; ["uri"]; []), (.uri? | uri("\($where).uri"))),
		(.region? // empty | region("\($where).region"))),
	(.logicalLocations? // [] | list($where), (items | object($where; []; ["fullyQualifiedName", "kind"]),
		(.fullyQualifiedName | text($where))));

# 3.27 result object
def result($where; $rules):
	object($where; ["message"]; ["ruleId", "ruleIndex", "level", "locations", "partialFingerprints"]),
	(.message | message("\($where).message")),
	(.level | among("\($where).level"; ["none", "note", "warning", "error"])),
	(.ruleIndex | number("\($where).ruleIndex"; -1)),
	(if .ruleIndex >= 0 and $rules[.ruleIndex].id != .ruleId then fault($where; "ruleIndex is that of another rule") else empty end),
	(.locations | list($where), (items | location("\($where).location"))),
	(.partialFingerprints | if type != "object" then fault($where; "partialFingerprints must be an object") else
		(.[] | text("\($where).partialFingerprints")) end);

def run($where):
	object($where; ["tool"]; ["automationDetails", "columnKind", "results"]),
	(.columnKind | among("\($where).columnKind"; ["utf16CodeUnits", "unicodeCodePoints"])),
	(.automationDetails | object($where; []; ["id"])),
	(.tool | object("\($where).tool"; ["driver"]; []),
		(.driver | object("driver"; ["name"]; ["fullName", "version", "rules"]), (.name? | text("driver.name")),
			(.rules | list("rules"), (items | rule("rule"))),
			(if (.rules | map(.id) | unique | length) != (.rules | length) then fault("rules"; "an id stands twice") else empty end))),
	(.tool.driver.rules as $rules | .results | list("results"), (items | result("result"; $rules)));

object("log"; ["version", "runs"]; ["$schema"]),
(.version | among("version"; ["2.1.0"])),
(.["$schema"] | uri("$schema")),
(.runs | list("runs"), (items | run("run")))
