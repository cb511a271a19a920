"""Files that are copied into a function's zip: entry point, parameters, results, models, images.

They run in the action, on Python 3.9 and later, and do not import jupyter_faas.
"""
