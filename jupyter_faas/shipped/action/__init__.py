"""Modules that are copied into a function's package: entry point, parameters, results, models.

These modules run in the action with Python 3.9 or later, and do not import jupyter_faas.
"""
