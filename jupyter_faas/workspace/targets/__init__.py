"""Targets that a user can deploy to: their registry, settings, connections and limits.

Modules here do not depend on packages or functions.
"""
