"""Targets that a user can deploy to, with their registry, settings, connections and limits.

The modules here do not depend on the code that packages or deploys functions.
"""
