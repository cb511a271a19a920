"""The verbs of ``%faas`` and ``jupyter faas``: arguments, the call to the workspace, text output.

table.py holds the table of all verbs. The magics, the CLI and the server read it; domain logic
belongs in the workspace.
"""
