"""Clients for what only the playground offers: kept inputs, model files, sessions and usage.

Their paths begin with ``/faas``; other hosts answer 404.
"""
