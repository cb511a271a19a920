"""What ``%%composition asset_created`` binds to ``asset_created``: a workflow with its verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from jupyter_faas.errors import InputError
from jupyter_faas.magics.handle import Handle, Verbs
from jupyter_faas.whisk.inputs import DEFAULT_LAST

if TYPE_CHECKING:
    from jupyter_faas.composer import Composition
    from jupyter_faas.widgets import ActivationsView, ActivationView, LocalRun, ReplayView


class CompositionHandle(Handle):
    """A packaged composition. It runs on a target alone; as a task of another, it is called.

    ``composition`` is its graph, to be put into another one instead.
    """

    def __init__(self, composition: Composition, name: str, *, verbs: Verbs) -> None:
        self.composition = composition
        self._name = name
        self._verbs = verbs

    def __call__(self, /, *_: object, **__: object) -> NoReturn:
        """Raise InputError: its steps are actions of the target."""
        name = self._name.rpartition("/")[2]
        raise InputError(
            f"{self._name} is a composition, which runs on a target and not in this notebook.",
            hint=f"Deploy it, then: {name}.invoke(key=value)",
        )

    def invoke(self, /, **params: Any) -> ActivationView | LocalRun | None:
        """Run the deployed composition once and wait for its result.

        Raises ActivationFailed when the run fails.
        """
        return self._verbs.invoke_function(self._name, params)

    def activations(self, limit: int = 30) -> ActivationsView:
        """Its latest runs, each as a whole with its exact cost, newest first."""
        return self._verbs.list_activations(self._name, limit, whole=True)

    def replay(self, last: int = DEFAULT_LAST, **given: Any) -> ReplayView | None:
        """Send its latest kept inputs to what is deployed once more, and compare the answers.

        ``given`` are parameters that every input gets, such as those that were redacted.
        """
        return self._verbs.replay(self._name, last, True, given)
