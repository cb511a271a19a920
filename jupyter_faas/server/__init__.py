"""The server extension: an HTTP API over the workspace, for the sidebar and for links.

It only translates requests, responses and errors, and calls nothing below the workspace. The module
``extension`` connects the parts; ``handlers`` has one module for each resource.
"""

from __future__ import annotations

from jupyter_faas.server.extension import FaasExtension

__all__ = ["FaasExtension"]
