"""Functions with a new version beside them."""

from __future__ import annotations

from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.cells import package_body


def with_shadow(workspace: Workspace) -> None:
    """Deploy ``rate``, whose shadow has another answer to one of four inputs."""
    workspace.deploy(
        package_body(workspace, "rate(points: int)", "return {'rate': 5 if points < 10 else 3}")
    )
    for points in (4, 8, 12, 20):
        workspace.invoke("rate", {"points": points})
    made = package_body(workspace, "rate(points: int)", "return {'rate': 5 if points < 8 else 3}")
    workspace.rollouts.deploy_shadow(made)


def with_canary(workspace: Workspace) -> str:
    """Deploy ``price``, whose canary fails for one of six inputs. Returns its package."""
    workspace.deploy(package_body(workspace, "price(points: int)", "return {'price': points * 3}"))
    made = package_body(workspace, "price(points: int)", "return {'price': 60 // (points - 3)}")
    workspace.rollouts.deploy_canary(made, 50, sticky="points", rollback_at=10)
    for points in range(6):
        workspace.invoke("price", {"points": points})
    return made
