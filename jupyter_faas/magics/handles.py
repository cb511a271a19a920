"""The handles that cells bind, such as ``iris`` after ``%%function iris``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import update_wrapper
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from jupyter_faas.errors import FaasError, InputError
from jupyter_faas.whisk.inputs import DEFAULT_LAST
from jupyter_faas.workspace.calls import Calls, ManyCalls

if TYPE_CHECKING:
    from jupyter_faas.composer import Composition
    from jupyter_faas.widgets import (
        ActivationsView,
        ActivationView,
        CanaryView,
        DiffView,
        HistoryView,
        LocalRun,
        ReplayView,
        ShadowView,
    )
    from jupyter_faas.widgets.actions import Action
    from jupyter_faas.workspace import Deployment
    from jupyter_faas.workspace.local.function import LocalFunction


class Verbs(Protocol):
    """The methods of NotebookVerbs that handles call."""

    def deploy_function(self, name: str, force: bool = False) -> Deployment | None: ...

    def deploy_shadow(self, name: str) -> Deployment | None: ...

    def deploy_canary(self, name: str, percent: float, **options: Any) -> Deployment | None: ...

    def show_canary(self, name: str) -> CanaryView | None: ...

    def show_shadow(self, name: str) -> ShadowView | None: ...

    def promote(self, name: str) -> Deployment | None: ...

    def discard(self, name: str) -> None: ...

    def set_alias(self, name: str, alias: str, version: str | None) -> None: ...

    def show_history(self, name: str) -> HistoryView | None: ...

    def show_diff(self, name: str, old: str | None, new: str | None) -> DiffView | None: ...

    def roll_back(self, name: str, to: str | None, force: bool) -> Deployment | None: ...

    def show_inside(self, name: str, file: str | None) -> None: ...

    def explain_inside(self, name: str) -> None: ...

    def invoke_function(self, name: str, params: dict[str, Any]) -> ActivationView | LocalRun: ...

    def remove_function(self, name: str) -> None: ...

    def list_activations(self, name: str, limit: int, whole: bool = False) -> ActivationsView: ...

    def replay(
        self, name: str, last: int, deployed: bool, given: dict[str, Any]
    ) -> ReplayView | None: ...

    def describe(self, name: str) -> str: ...

    def card_actions(self, name: str) -> dict[str, Action]: ...

    @property
    def calls(self) -> Calls: ...


class Handle(ManyCalls):
    """The base class of handles, with the verbs of a packaged function or composition."""

    _name: str
    _verbs: Verbs

    @property
    def __faas_action__(self) -> str:
        """The action that a composition calls for this handle: ``name`` or ``package/name``."""
        return self._name

    def _batch_calls(self) -> tuple[Calls, str]:
        return self._verbs.calls, self._name

    def deploy(
        self,
        *,
        force: bool = False,
        shadow: bool = False,
        canary: float | None = None,
        sticky: str | None = None,
        rollback_at: float | None = None,
    ) -> Deployment | None:
        """Deploy to the target, after packaging again if captured values have changed.

        ``shadow``: deploy as ``NAME-shadow`` instead, which gets copies of the calls.
        ``canary``: deploy as ``NAME-canary`` instead, which gets this percentage of the calls.
        ``sticky`` is the parameter that decides which version a call gets. If more than
        ``rollback_at`` percent of its calls fail, it gets no more calls.

        Raises ChangedElsewhere if another person has changed the action, unless ``force`` is given.
        """
        if canary is not None:
            return self._verbs.deploy_canary(
                self._name, canary, sticky=sticky, rollback_at=rollback_at
            )
        if shadow:
            return self._verbs.deploy_shadow(self._name)
        return self._verbs.deploy_function(self._name, force)

    def canary(self) -> CanaryView | None:
        """Return how the two versions do, between which the calls are divided."""
        return self._verbs.show_canary(self._name)

    def shadow(self) -> ShadowView | None:
        """Return the comparison of the deployed function with its shadow."""
        return self._verbs.show_shadow(self._name)

    def promote(self) -> Deployment | None:
        """Deploy the canary or the shadow for all callers."""
        return self._verbs.promote(self._name)

    def discard(self) -> None:
        """Remove the canary or the shadow."""
        self._verbs.discard(self._name)

    def show(self, file: str | None = None) -> None:
        """Print the generated files, or one file of the package."""
        self._verbs.show_inside(self._name, file)

    def explain(self) -> None:
        """Print why each name and each requirement is in the package."""
        self._verbs.explain_inside(self._name)

    def history(self) -> HistoryView | None:
        """Return the deploys from this machine, the latest first."""
        return self._verbs.show_history(self._name)

    def alias(self, alias: str, version: str | int | None = None) -> None:
        """Name a version, by default the deployed one, such as ``champion``.

        The name can be used wherever a version can. An alias that exists is moved.
        """
        self._verbs.set_alias(self._name, alias, _version_text(version))

    def diff(self, old: str | int | None = None, new: str | int | None = None) -> DiffView | None:
        """Return what a deploy would change, or the difference between two versions.

        A version is a number (``"7"``), an alias or a sha256.
        """
        return self._verbs.show_diff(self._name, _version_text(old), _version_text(new))

    def rollback(self, to: str | int | None = None, *, force: bool = False) -> Deployment | None:
        """Deploy an earlier version again, by default the previous one."""
        return self._verbs.roll_back(self._name, _version_text(to), force)

    def remove(self) -> None:
        """Remove the action from the target. The notebook keeps the function."""
        self._verbs.remove_function(self._name)

    def activations(self, limit: int = 30) -> ActivationsView:
        """Return the latest runs, newest first."""
        return self._verbs.list_activations(self._name, limit)

    def __repr__(self) -> str:
        return self._verbs.describe(self._name)


class Function(Handle):
    """A packaged function.

    ``iris(5.1, 3.5, 1.4, 0.2)`` runs the function in the notebook. The call checks the arguments
    and converts the result to JSON, as the action does. ``__wrapped__`` is the function that the
    cell defined.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        *,
        local: LocalFunction,
        verbs: Verbs,
        inside: ContextVar[bool],
    ) -> None:
        update_wrapper(self, function)
        # Not every callable has a signature.
        with suppress(ValueError, TypeError):
            self.__signature__ = inspect.signature(function)
        self._name = name
        self._local = local
        self._verbs = verbs
        self._inside = inside

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the function in the notebook.

        Raises ParametersRejected and ResultRejected, as the action would report them.
        """
        __tracebackhide__ = True  # IPython omits this frame from tracebacks
        function: Callable[..., Any] = self.__wrapped__  # type: ignore[attr-defined]
        if self._inside.get():
            # A packaged function calls itself or another packaged function. Inside an action these
            # functions are plain.
            return function(*args, **kwargs)
        token = self._inside.set(True)
        try:
            return self._local(*args, **kwargs)
        # A FaasError is shown without a traceback.
        except FaasError:
            raise
        except Exception as error:
            # ``from`` keeps the cause that the user's code set on its error.
            raise error.with_traceback(_frames_of(function, error)) from error.__cause__
        finally:
            self._inside.reset(token)

    def invoke(self, /, *args: Any, **kwargs: Any) -> ActivationView | LocalRun:
        """Run the deployed action once, with arguments as for a local call.

        Raises ActivationFailed when the run fails.
        """
        return self._verbs.invoke_function(self._name, self._call_parameters(args, kwargs))

    def _call_parameters(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        # Keywords are not checked against the cell, because the deployed version may have other
        # parameters.
        params = self._local.parameters(*args, **kwargs) if args else kwargs
        return self._local.as_sent(params)

    def replay(
        self, last: int = DEFAULT_LAST, *, deployed: bool = False, **given: Any
    ) -> ReplayView | None:
        """Run the latest kept inputs again, here or as deployed, and compare the answers.

        ``given`` are parameters that are added to every input, such as values that were redacted.
        """
        return self._verbs.replay(self._name, last, deployed, given)


def _version_text(version: str | int | None) -> str | None:
    return None if version is None else str(version)


def _frames_of(function: Callable[..., Any], error: BaseException) -> TracebackType | None:
    """Return the error's traceback, starting at the user's function instead of our own frames."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code is not code:
        frame = frame.tb_next
    return frame or error.__traceback__


class CompositionHandle(Handle):
    """A packaged composition.

    A composition runs only on a target. In another composition, the handle stands for a call of its
    action. Use the attribute ``composition`` to include the graph instead.
    """

    def __init__(self, composition: Composition, name: str, *, verbs: Verbs) -> None:
        self.composition = composition
        self._name = name
        self._verbs = verbs

    def __call__(self, /, *_: object, **__: object) -> NoReturn:
        """Raise InputError, because the steps of a composition are actions of the target."""
        name = self._name.rpartition("/")[2]
        raise InputError(
            f"{self._name} is a composition, which runs on a target, not in this notebook.",
            hint=f"Deploy it (%faas deploy {self._name}), and then call it with the names of its "
            f"parameters: {name}.invoke(key=value)",
        )

    def invoke(self, /, **params: Any) -> ActivationView | LocalRun | None:
        """Run the deployed composition once and wait for its result.

        Raises ActivationFailed when the run fails.
        """
        return self._verbs.invoke_function(self._name, params)

    def _call_parameters(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if args:
            raise InputError(
                f"{self._name} takes only named parameters.",
                hint="Write each parameter with its name: key=value",
            )
        return kwargs

    def activations(self, limit: int = 30) -> ActivationsView:
        """Return the latest runs, newest first, each as one row with its exact cost."""
        return self._verbs.list_activations(self._name, limit, whole=True)

    def replay(self, last: int = DEFAULT_LAST, **given: Any) -> ReplayView | None:
        """Run the latest kept inputs again as deployed, and compare the answers.

        ``given`` are parameters that are added to every input, such as values that were redacted.
        """
        return self._verbs.replay(self._name, last, True, given)
