"""The verbs of ``%faas`` and ``jupyter faas``: arguments, the call to the workspace, text output.

The one table of verbs is ``table.py``. Surfaces (magics, cli, server) read it; no domain logic
belongs here.
"""
