"""The stages of validation, one module each.

A stage is a callable from samples to checks, in the same order. It takes
several samples at once because running twenty in one sandboxed process costs
a tenth of running each in its own; what it says of a sample does not depend
on the others.
"""
