"""The keys, choices and units of the language as a dictionary of libFuzzer: standard input is what `elute schema` prints."""
import json
import sys


def words(schema):
    if isinstance(schema, list):
        for one in schema:
            yield from words(one)
    elif isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (choice for choice in schema.get("enum", []) if isinstance(choice, str))
        for one in schema.values():
            yield from words(one)


for word in sorted(set(words(json.load(sys.stdin)))):
    print(f'"{word}"')
