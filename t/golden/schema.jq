# Prints where $page[0] is not what the JSON schema $schema[0] says, as far as our schemas go: type, enum, required,
# properties, additionalProperties, items, minItems, maxItems, $ref into $defs.
def type_is($want): if $want == "integer" then type == "number" and . == floor else type == $want end;

def faults($path; $root; $given):
	($given | if has("$ref") then $root["$defs"][.["$ref"] | ltrimstr("#/$defs/")] else . end) as $rule
	| . as $value
	| if ($rule | has("type")) and ([$rule.type] | flatten | any(. as $want | $value | type_is($want)) | not)
	  then "\($path): is no \($rule.type)"
	  elif ($rule | has("enum")) and ([$rule.enum[] == $value] | any | not) then "\($path): \($value) is none of those"
	  elif type == "object" then
		(($rule.required // [])[] | select(in($value) | not) | "\($path): lacks \(.)"),
		(to_entries[]
		 | .key as $key
		 | if ($rule.properties // {} | has($key)) then .value | faults("\($path).\($key)"; $root; $rule.properties[$key])
		   elif ($rule.additionalProperties | type) == "object"
		   then .value | faults("\($path).\($key)"; $root; $rule.additionalProperties)
		   else "\($path): has \($key)" end)
	  elif type == "array" then
		(if length < ($rule.minItems // 0) or length > ($rule.maxItems // 1e9) then "\($path): has \(length) items" else empty end),
		(to_entries[] | .key as $key | .value | faults("\($path)[\($key)]"; $root; $rule.items // {}))
	  else empty end;

$schema[0] as $root | $page[0] | faults("page"; $root; $root)
