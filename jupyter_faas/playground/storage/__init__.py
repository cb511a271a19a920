"""Storage of the playground: entities, activation records, usage rollups and kept inputs.

The data is in one SQLite database. Activation records are first appended to a journal. The modules
of this package do not depend on HTTP or workers.
"""
