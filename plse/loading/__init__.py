"""Pattern file → Pattern: what the registry and the schema are made of.

Text, YAML with lines, schema, templates, rules of a lesson: each step records
what it finds and goes on, so that all errors of a file come at once. Nothing
outside the registry imports from here.
"""
