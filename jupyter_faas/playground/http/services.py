"""What the handlers work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from jupyter_faas.playground.actions import Actions
from jupyter_faas.playground.codecache import CodeCache
from jupyter_faas.playground.invoker import Invoker
from jupyter_faas.playground.records import Records
from jupyter_faas.playground.refusals import NotEntitled
from jupyter_faas.playground.run import Caller
from jupyter_faas.whisk import SystemLimits, check_name
from jupyter_faas.whisk.kinds import Runtimes
from jupyter_faas.whisk.names import OWN_NAMESPACE


@dataclass(frozen=True)
class Services:
    """``build`` is the version that ``GET /api/v1`` tells; ``touch`` is called at each request."""

    caller: Caller
    actions: Actions
    code: CodeCache
    invoker: Invoker
    records: Records
    bounds: SystemLimits
    runtimes: Runtimes
    build: str
    new_id: Callable[[], str]
    touch: Callable[[], None]


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


def namespace(request: Request, resource: str) -> str:
    """The namespace of the path, which must be the caller's (contract §1.2).

    Raises NameNotAllowed, and NotEntitled for ``resource`` (``actions``, or an entity's name) of
    another namespace.
    """
    own = services(request).caller.namespace
    named: str = request.path_params["namespace"]
    if named in (OWN_NAMESPACE, own):
        return own
    check_name(named, "namespace")
    raise NotEntitled(f"{named}/{resource}")
