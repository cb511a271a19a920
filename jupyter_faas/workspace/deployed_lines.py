"""What is said of a deploy, on every surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.workspace import text
from jupyter_faas.workspace.back_verbs import unchanged

if TYPE_CHECKING:
    from jupyter_faas.workspace.views import Deployment


def deployed_lines(deployment: Deployment, where: str = ".") -> tuple[str, ...]:
    """One line, the web URL and the warnings; ``where`` follows the size. First what was deployed
    along with it."""
    parts = part_lines(deployment)
    if deployment.unchanged:
        return (*parts, *unchanged(deployment))
    line = (
        f"Deployed {deployment.name} {deployment.version} to {deployment.target_label}"
        f" ({text.size(deployment.size)}){where}"
    )
    web = f"Web URL, no key: {deployment.web_url}" if deployment.web_url else ""
    return (*parts, *filter(None, (line, web, deployment.warning)))


def more_lines(deployment: Deployment) -> tuple[str, ...]:
    """What the deployment itself, as a value, does not show: what came along, and the warnings."""
    return (*part_lines(deployment), *filter(None, (deployment.warning,)))


def part_lines(deployment: Deployment) -> tuple[str, ...]:
    """On what a composition brought along, where that was not there already."""
    return tuple(
        line for part in deployment.parts if not part.unchanged for line in deployed_lines(part)
    )
