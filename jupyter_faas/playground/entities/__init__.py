"""Collections of entities: actions, packages, triggers, rules and namespaces.

Each module parses the body of a PUT, applies it to the existing entity, and keeps the collection in
memory and in the database. The modules do not depend on HTTP and do not run actions.
"""
