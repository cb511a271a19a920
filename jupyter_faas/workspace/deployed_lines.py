"""What is said of a deploy, on every surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.workspace import text
from jupyter_faas.workspace.back_verbs import unchanged

if TYPE_CHECKING:
    from jupyter_faas.workspace.views import Deployment


def deployed_lines(deployment: Deployment, where: str = ".") -> tuple[str, ...]:
    """One line, the web URL and the warnings; ``where`` follows the size."""
    if deployment.unchanged:
        return unchanged(deployment)
    line = (
        f"Deployed {deployment.name} {deployment.version} to {deployment.target_label}"
        f" ({text.size(deployment.size)}){where}"
    )
    web = f"Web URL, no key: {deployment.web_url}" if deployment.web_url else ""
    return tuple(filter(None, (line, web, deployment.warning)))
