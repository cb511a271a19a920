"""Collections of entities: actions, packages, triggers, rules and namespaces.

Each module reads the body of a PUT, applies it to the old entity, and keeps the collection in
memory and in the database. Modules here know nothing of HTTP, and do not run actions.
"""
