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
def flag($where): if type != "boolean" then fault($where; "must be a boolean") else empty end;
def number($where; $least):
	if type != "number" or . != floor or . < $least then fault($where; "must be an integer of at least \($least)") else empty end;
def among($where; $words): . as $word | if $words | index([$word]) then empty else fault($where; "is none of \($words)") end;
def items: if type == "array" then .[] else empty end;

# 3.7.3 "Array properties with unique values"
def unique_list($where): list($where), (if type == "array" and (unique | length) != length then fault($where; "has one item twice") else empty end);

# The value of a property that may be absent; null is a value.
def optional($name): if type == "object" and has($name) then .[$name] else empty end;
def member($name): if type == "object" then .[$name] else null end;

def level($where): among($where; ["none", "note", "warning", "error"]); # 3.27.10, 3.50.3, 3.58.6

# 3.11 message object, 3.12 multiformatMessageString object
def message($where):
	object($where; ["text"]; ["markdown"]), (optional("text") | text("\($where).text")), (optional("markdown") | text("\($where).markdown"));

# RFC 3986: a URI reference.
def uri($where):
	if type != "string" or (test("^[A-Za-z0-9._~/:@!$&'()*+,;=%-]+$") and (gsub("%[0-9A-Fa-f]{2}"; "") | contains("%") | not) | not)
	then fault($where; "is no URI reference") else empty end;

# 3.8 property bags, 3.8.2 tags; "security-severity" is GitHub's: a number from 0.0 to 10.0, as a text
def properties($where):
	object($where; []; ["tags", "security-severity"]),
	(optional("tags") | unique_list("\($where).tags"), (items | text("\($where).tags"))),
	(optional("security-severity")
		| if type == "string" and test("^([0-9]|10)[.][0-9]$") then empty else fault("\($where).security-severity"; "is no score") end);

# 3.49 reportingDescriptor object, 3.50 reportingConfiguration object
def rule($where):
	object($where; ["id"]; ["name", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"]),
	(optional("id", "name") | text("\($where) id or name")),
	(optional("shortDescription", "fullDescription", "help") | message("\($where) description")),
	(optional("defaultConfiguration") | object("\($where).defaultConfiguration"; []; ["level"]),
		(optional("level") | level("\($where).defaultConfiguration.level"))),
	(optional("properties") | properties("\($where).properties"));

# 3.30 region object: lines and columns count from 1; 3.3 artifactContent object
def region($where):
	object($where; ["startLine"]; ["startColumn", "snippet"]),
	(optional("startLine") | number("\($where).startLine"; 1)),
	(optional("startColumn") | number("\($where).startColumn"; 1)),
	(optional("snippet") | object("\($where).snippet"; ["text"]; []),
		(optional("text") | if type != "string" then fault("\($where).snippet.text"; "must be a string") else empty end));

# 3.29 physicalLocation object, 3.4 artifactLocation object
def physical($where):
	object($where; ["artifactLocation"]; ["region"]),
	(optional("artifactLocation") | object("\($where).artifactLocation"; ["uri"]; []), (optional("uri") | uri("\($where).uri"))),
	(optional("region") | region("\($where).region"));

# 3.28 location object, 3.33 logicalLocation object
def location($where):
	object($where; []; ["physicalLocation", "logicalLocations"]),
	(optional("physicalLocation") | physical("\($where).physicalLocation")),
	(optional("logicalLocations") | unique_list("\($where).logicalLocations"),
		(items | object($where; []; ["fullyQualifiedName", "kind"]),
			(optional("fullyQualifiedName", "kind") | text("\($where).logicalLocation"))));

# 3.27 result object
def result($where; $rules):
	object($where; ["message"]; ["ruleId", "ruleIndex", "level", "locations", "partialFingerprints"]),
	(optional("message") | message("\($where).message")),
	(optional("ruleId") | text("\($where).ruleId")),
	(optional("level") | level("\($where).level")),
	(optional("ruleIndex") | number("\($where).ruleIndex"; -1)),
	(if (member("ruleIndex") | type) == "number" and .ruleIndex >= 0 and $rules[.ruleIndex].id != .ruleId
		then fault($where; "ruleIndex is that of another rule") else empty end),
	(optional("locations") | list("\($where).locations"), (items | location("\($where).location"))),
	(optional("partialFingerprints") | if type != "object" then fault($where; "partialFingerprints must be an object") else
		(.[] | text("\($where).partialFingerprints")) end);

# 3.58 notification object, 3.52 reportingDescriptorReference object
def notification($where; $rules):
	object($where; ["message"]; ["level", "associatedRule"]),
	(optional("message") | message("\($where).message")),
	(optional("level") | level("\($where).level")),
	(optional("associatedRule") | object("\($where).associatedRule"; []; ["id", "index"]),
		(optional("id") | text("\($where).associatedRule.id")),
		(optional("index") | number("\($where).associatedRule.index"; -1)),
		(if (member("index") | type) == "number" and .index >= 0 and $rules[.index].id != .id
			then fault($where; "index is that of another rule") else empty end));

# 3.20 invocation object
def invocation($where; $rules):
	object($where; ["executionSuccessful"]; ["toolExecutionNotifications"]),
	(optional("executionSuccessful") | flag("\($where).executionSuccessful")),
	(optional("toolExecutionNotifications") | list("\($where).toolExecutionNotifications"),
		(items | notification("\($where).toolExecutionNotification"; $rules)));

# 3.18 tool object, 3.19 toolComponent object
def tool($where):
	object($where; ["driver"]; []),
	(optional("driver") | object("driver"; ["name"]; ["fullName", "version", "rules"]),
		(optional("name", "fullName", "version") | text("driver.name, fullName or version")),
		(optional("rules") | unique_list("rules"), (items | rule("rule")),
			(if type == "array" and (map(member("id")) | unique | length) != length then fault("rules"; "an id stands twice") else empty end)));

# 3.14 run object, 3.17 runAutomationDetails object
def run($where):
	object($where; ["tool"]; ["automationDetails", "columnKind", "results", "invocations"]),
	(optional("columnKind") | among("\($where).columnKind"; ["utf16CodeUnits", "unicodeCodePoints"])),
	(optional("automationDetails") | object("\($where).automationDetails"; []; ["id"]), (optional("id") | text("automationDetails.id"))),
	(optional("tool") | tool("\($where).tool")),
	((.tool | member("driver") | member("rules") | if type == "array" then . else [] end) as $rules
		| (optional("results") | list("results"), (items | result("result"; $rules))),
		  (optional("invocations") | list("invocations"), (items | invocation("invocation"; $rules))));

# 3.13 sarifLog object
object("log"; ["version", "runs"]; ["$schema"]),
(optional("version") | among("version"; ["2.1.0"])),
(optional("$schema") | uri("$schema")),
(optional("runs") | list("runs"), (items | run("run")))
