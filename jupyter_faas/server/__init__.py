"""The server extension: an HTTP API over the workspace, for the sidebar and for links.

The extension translates requests, responses and errors, and does not call layers below the
workspace. The module ``extension`` sets up the application, and ``handlers`` has one module for
each resource.
"""

from __future__ import annotations

from jupyter_faas.server.extension import FaasExtension

__all__ = ["FaasExtension"]
