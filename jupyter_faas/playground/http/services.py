"""The services that HTTP handlers use, and access to the caller and namespace of a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.actions import Actions
from jupyter_faas.playground.entities.namespaces import Caller, Namespaces
from jupyter_faas.playground.entities.packages import Packages
from jupyter_faas.playground.entities.triggers import Triggers
from jupyter_faas.playground.errors import NotEntitled
from jupyter_faas.playground.gateway import Gateway
from jupyter_faas.playground.invocation.invoker import Invoker
from jupyter_faas.playground.invocation.kept_inputs import KeptInputs
from jupyter_faas.playground.invocation.sequences import Components
from jupyter_faas.playground.invocation.trigger_firing import Firing
from jupyter_faas.playground.model_store import ModelStore
from jupyter_faas.playground.rate_limits import RateLimiter
from jupyter_faas.playground.scheduling.prewarm import Prewarmer
from jupyter_faas.playground.storage.activations import ActivationStore
from jupyter_faas.telemetry import CALL, Origin, Telemetry
from jupyter_faas.whisk import SystemLimits, check_name
from jupyter_faas.whisk.kinds import Runtimes
from jupyter_faas.whisk.names import OWN_NAMESPACE


@dataclass(frozen=True)
class Services:
    """The managers, stores and settings of the playground.

    ``build`` is the version that ``GET /api/v1`` reports. ``opens_web`` is whether pages of other
    sites may call every web action. ``touch`` is called for each request that
    may change or run something. It restarts the idle time and ends the lease (see ``lifecycle``).
    ``look`` is called for all other requests except ``/ping``, and only restarts the idle time.
    """

    namespaces: Namespaces
    actions: Actions
    packages: Packages
    prewarmer: Prewarmer
    access: Access
    components: Components
    triggers: Triggers
    firing: Firing
    invoker: Invoker
    records: ActivationStore
    rates: RateLimiter
    gateway: Gateway
    models: ModelStore
    inputs: KeptInputs
    bounds: SystemLimits
    runtimes: Runtimes
    build: str
    opens_web: bool
    new_id: Callable[[], str]
    touch: Callable[[], None]
    look: Callable[[], None]
    telemetry: Telemetry = field(default_factory=Telemetry)


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def origin_of(request: Request, path: str | None = None) -> Origin:
    """Return what the span of a run says about its request, if spans are recorded.

    ``path`` replaces the path of the request, which may contain parameters of a function.
    """
    if not services_of(request).telemetry.is_on:
        return CALL
    url, host = request.url, request.headers.get("host", "")
    return Origin.of_request(request.method, path or url.path, url.scheme, host)


def caller(request: Request) -> Caller:
    """Return the owner of the request's API key.

    Must not be called for routes without authentication, such as ``/api/v1/web``.
    """
    owner: Caller = request.scope["caller"]
    return owner


def named_namespace(request: Request) -> str:
    """Return the namespace in the path, which need not be the caller's.

    ``_`` stands for the caller's namespace. Raises NameNotAllowed.
    """
    named: str = request.path_params["namespace"]
    if named == OWN_NAMESPACE:
        return caller(request).namespace
    return check_name(named, "namespace")


def namespace(request: Request, entity: str | None = None) -> str:
    """Return the namespace in the path, which must be the caller's (contract §1.2).

    Raises NameNotAllowed if the namespace is illegal. Raises NotEntitled if it is not the caller's;
    the error names the namespace, or the ``entity`` in it.
    """
    named = named_namespace(request)
    if named != caller(request).namespace:
        raise NotEntitled(named if entity is None else f"{named}/{entity}")
    return named
