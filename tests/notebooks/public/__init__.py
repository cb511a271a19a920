"""Notebooks in the manner of public ones, deployed as they are.

Each answers the same inputs in the notebook and as an action.
"""
