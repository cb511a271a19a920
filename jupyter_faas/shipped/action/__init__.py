"""Files that are copied into a function's zip: entry point, parameters, results, models, images.

They run in the action, on Python 3.9 and up, and import nothing of jupyter_faas.
"""
