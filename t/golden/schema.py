#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Is the JSON document on standard input as a schema says?  Prints what is not.  usage: schema.py SCHEMA
import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], encoding="utf-8") as file:
    SCHEMA = json.load(file)
Draft202012Validator.check_schema(SCHEMA)
found = sorted(f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(SCHEMA).iter_errors(json.load(sys.stdin)))
print("\n".join(found))
sys.exit(bool(found))
