"""The server extension: HTTP over the workspace, for the sidebar and for links people open.

It translates requests, answers and errors, and knows nothing else: no capture, no client, no
playground. Only ``extension`` wires; the handlers are one file per resource.
"""

from __future__ import annotations

from jupyter_faas.server.extension import FaasExtension

__all__ = ["FaasExtension"]
