"""Deployed functions as tools for agents: ``jupyter faas mcp``, a server of the Model Context
Protocol.

``server.py`` answers the protocol's requests, ``content.py`` turns results into what the protocol
shows, ``budget.py`` limits what a server may spend, and ``transports.py`` serves over stdio or
HTTP. Which actions are tools is decided in ``workspace/handover/tools.py``.

These modules need the package ``mcp`` (the extra of that name), so ``commands/agents.py`` imports
them when the verb runs.
"""

from __future__ import annotations
