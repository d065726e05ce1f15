"""The rules of the house, and a planted breach of each that must turn it red.

`core_rules` reads the source of the core, `code_rules` any Python source, `tree_rules` the files of
the repository. Each rule is a function that returns its findings as sentences; none means tidy.
"""
