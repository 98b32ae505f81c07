"""What runs inside the jail: the zygote and its children.

Nothing here may be imported from the rest of the package, and nothing here
imports it: a zygote loads this folder alone, in a fresh interpreter, before
it locks itself in (see :mod:`plse.sandbox.inside.zygote`).
"""
