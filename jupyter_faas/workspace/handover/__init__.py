"""Documents, snippets and projects for people who use functions without the notebook.

Nothing made here contains a key, the value of a preset parameter, or a path of this machine.
"""
