"""The verbs of ``%faas`` and ``jupyter faas``: arguments, calls to the workspace, text output.

table.py holds the table of all verbs, which the magics, the CLI and the server read. Domain logic
belongs in the workspace.
"""
