"""The targets a user can deploy to: registry, credentials by reference, connection, host facts.

Nothing here knows packages or functions.
"""
