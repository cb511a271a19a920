"""Requests that only the playground answers: kept inputs, model files, sessions and usage.

They lie under ``/faas``; other hosts have none of them.
"""
