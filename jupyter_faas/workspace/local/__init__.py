"""Local calls of a function with an action's code, and comparison of JSON answers."""
