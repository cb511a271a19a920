"""Actions, packages, triggers, rules and namespaces: kept in memory and in the database.

Each module reads the body of a PUT, applies it to the old entity, and keeps the collection. Nothing
here knows HTTP or runs an action.
"""
