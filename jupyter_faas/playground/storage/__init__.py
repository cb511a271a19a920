"""Storage of the playground: entities, activation records, usage rollups and kept inputs.

All of it is in one SQLite database, with a journal in front of it for the records. Modules here
know neither HTTP nor workers.
"""
