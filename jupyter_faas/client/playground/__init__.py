"""Clients for endpoints that only the playground has: inputs, models, sessions and usage.

The paths of these endpoints begin with ``/faas``. Other hosts answer 404.
"""
