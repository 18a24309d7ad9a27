#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Is the JSON document on standard input as a schema says?  usage: schema.py SCHEMA
# Knows what our schemas use: $ref, oneOf, const, enum, type, minimum, properties, required, additionalProperties, items.
import json
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
KNOWN = {"$schema", "$defs", "title", "$ref", "oneOf", "const", "enum", "type", "minimum", "properties", "required",
         "additionalProperties", "items"}


def members(value, schema, root, where):
    properties = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{where}: {name} is missing"
    for name, member in value.items():
        if name in properties:
            yield from wrongs(member, properties[name], root, f"{where}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{where}: {name} is unknown"


def one_of(value, schemas, root, where):
    tries = [list(wrongs(value, each, root, where)) for each in schemas]
    matches = sum(not found for found in tries)
    if matches > 1:
        yield f"{where}: more than one of the alternatives"
    elif not matches:
        yield f"{where}: none of the alternatives; nearest: {min(tries, key=len)[0]}"


def wrongs(value, schema, root, where):
    unknown = set(schema) - KNOWN
    if unknown:
        raise SystemExit(f"the schema has {unknown}, which this does not know")
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if "oneOf" in schema:
        yield from one_of(value, schema["oneOf"], root, where)
    if "const" in schema and value != schema["const"]:
        yield f"{where}: is not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
        yield f"{where}: is no {kind}"
        return
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{where}: is less than {schema['minimum']}"
    if kind == "object":
        yield from members(value, schema, root, where)
    if kind == "array":
        for i, item in enumerate(value):
            yield from wrongs(item, schema.get("items", {}), root, f"{where}[{i}]")


with open(sys.argv[1], encoding="utf-8") as file:
    SCHEMA = json.load(file)
found = list(wrongs(json.load(sys.stdin), SCHEMA, SCHEMA, "$"))
print("\n".join(found))
sys.exit(bool(found))
