"""The actions that a composition calls, with their state on a target, deploy order and cycles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    CompositionError,
    NotAuthorized,
    TargetError,
)
from jupyter_faas.whisk.names import OWN_NAMESPACE, FullName

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.composer import Composition
    from jupyter_faas.whisk import Action


CallState = Literal["deployed", "missing", "notebook", "unknown"]

_PAGE = 200


@dataclass(frozen=True)
class CalledAction:
    """An action that a composition calls.

    ``name``: the name of the action, without its namespace if that is the caller's namespace.
    ``paths``: the paths of the calling nodes.
    ``state``: ``notebook`` if the action is not deployed but will be deployed together with the
    composition, and ``unknown`` if the action could not be looked up.
    ``package``: the id of the package record, if this notebook packaged the action and ``state`` is
    ``notebook``.
    ``brought``: whether the action is defined in the composition itself.
    """

    name: str
    paths: tuple[str, ...]
    state: CallState = "unknown"
    package: str = ""
    brought: bool = False

    @property
    def where(self) -> str:
        """The calling nodes as text, such as ``root[0], root[1] and root[2].body``."""
        *before, last = (f"root{path}" for path in self.paths)
        return f"{', '.join(before)} and {last}" if before else last

    def to_json(self) -> dict[str, Any]:
        """Return the action as JSON data for ``composition.actions`` on a card."""
        shown = {"name": self.name, "paths": list(self.paths), "state": self.state}
        return {**shown, "brought": True} if self.brought else shown


class TargetActions:
    """A cached lookup of a target's actions.

    The list of actions in the caller's namespace is fetched once. Other actions are fetched one by
    one. ``namespace`` is the name of the caller's namespace, for which ``_`` is an abbreviation.
    """

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self.namespace = namespace
        self._listed: dict[str, Action] | None = None
        self._asked: dict[str, Action | None] = {}

    def load(self) -> None:
        """Fetch the list of actions, unless it is cached. Raises TargetError."""
        self._list()

    def own(self, name: str) -> str | None:
        """Return the name of an action without its namespace, such as ``models/iris``.

        Return None if the action is not in the caller's namespace.
        """
        full = FullName.parse(name)
        return full.local if full.namespace in (OWN_NAMESPACE, self.namespace) else None

    def shown(self, name: str) -> str:
        """Return the name of an action, without its namespace if that is the caller's namespace."""
        return self.own(name) or name

    def find(self, name: str) -> Action | None:
        """Return the action with a full name such as ``/_/iris``, or None if it does not exist.

        Raises NotAuthorized if the API key does not permit reading the action, and TargetError.
        """
        local = self.own(name)
        if local is not None:
            listed = self._list().get(local)
            if listed is not None or "/" not in local:
                return listed
        # A package can be bound to a package in another namespace. Lists omit the actions of bound
        # packages, so these actions are looked up one by one.
        return self._ask(name if local is None else local)

    def state(self, name: str) -> CallState:
        """Return ``deployed`` or ``missing``.

        Return ``unknown`` if the API key does not permit reading the action. Raises TargetError.
        """
        try:
            return "missing" if self.find(name) is None else "deployed"
        except NotAuthorized:
            return "unknown"

    def components(self, name: str) -> list[str]:
        """Return the full names of the actions that a composition or sequence calls.

        Return [] for other actions, and for missing or unreadable actions.
        """
        with suppress(NotAuthorized):
            action = self.find(name)
            if action is None:
                return []
            graph = action.annotation("conductor")
            if isinstance(graph, Mapping):
                return list(calls_of(graph))
            if action.exec.is_sequence or action.annotation("exec") == "sequence":
                # Lists contain sequences without their components.
                whole = self._ask(self.own(name) or name)
                return [f"/{each.path}" for each in whole.exec.components] if whole else []
        return []

    def _list(self) -> dict[str, Action]:
        if self._listed is None:
            self._listed = {}
            while page := self._client.list_actions(limit=_PAGE, skip=len(self._listed)):
                self._listed |= {action.full_name.local: action for action in page}
                if len(page) < _PAGE:
                    break
        return self._listed

    def _ask(self, name: str) -> Action | None:
        if name not in self._asked:
            try:
                self._asked[name] = self._client.get_action(name)
            # ActionConflict is raised if another kind of entity has this name.
            except (ActionNotFound, ActionConflict):
                self._asked[name] = None
        return self._asked[name]


def calls_of(graph: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the paths of the calling nodes in a syntax tree, by the full name of the action.

    Return {} for an invalid tree.
    """
    from jupyter_faas.composer import called_actions, parse

    try:
        return called_actions(parse(graph))
    except CompositionError:
        return {}


def called(
    node: Composition,
    actions: TargetActions | None,
    notebook: Mapping[str, str],
    carried: Collection[str] = (),
) -> Iterator[CalledAction]:
    """Yield the actions that ``node`` calls, in the order of their first call.

    ``actions``: the lookup of the target's actions, or None if the target must not be contacted or
    does not respond.
    ``notebook``: the ids of the package records of the notebook's functions, by name.
    ``carried``: the full names of actions that are defined in the composition.
    """
    from jupyter_faas.composer import called_actions

    for name, paths in called_actions(node).items():
        full = FullName.parse(name)
        shown = actions.shown(name) if actions else local_words(full)
        state: CallState = "unknown"
        if actions is not None:
            try:
                state = actions.state(name)
            except TargetError:
                # The request failed, so the host is not contacted again for the remaining actions.
                actions = None
        package = notebook.get(shown, "")
        if state != "deployed" and (package or name in carried):
            state = "notebook"
        else:
            package = ""
        brought = name in carried and shown not in notebook
        yield CalledAction(shown, tuple(paths), state, package, brought)


def local_words(full: FullName) -> str:
    """Return the short form of a full name. The name of the caller's namespace is not needed."""
    return full.local if full.namespace == OWN_NAMESPACE else f"/{full.path}"


def missing_words(missing: list[CalledAction], label: str) -> str:
    """Return a warning about actions that are missing on the target ``label``, or ""."""
    if not missing:
        return ""
    names = " and ".join(f"{each.name} (at {each.where})" for each in missing)
    them, are = ("it", "is") if len(missing) == 1 else ("them", "are")
    return (
        f"{names} {are} not on {label}. Until you deploy {them}, the composition's calls to "
        f"{them} fail."
    )


# Deploy order


Card = Mapping[str, Any]


def calls(card: Card) -> list[str]:
    """Return the names of the actions that a card's composition calls, or [] for a function.

    The names are in the order of the graph. Actions that only nested compositions call come last.
    """
    composition = card.get("composition") or {}
    named = [str(one["name"]) for one in composition.get("actions", ())]
    return [*named, *composition.get("parts_call", ())]


def needed_by(name: str, cards: Mapping[str, Card]) -> list[str]:
    """Return the names in ``cards`` that ``name`` calls directly or indirectly, in deploy order.

    >>> flow = {"composition": {"actions": [{"name": "iris"}, {"name": "elsewhere"}]}}
    >>> needed_by("flow", {"flow": flow, "iris": {}})
    ['iris']
    """
    return [one for one in in_order([name], cards) if one != name]


def in_order(names: Iterable[str], cards: Mapping[str, Card]) -> list[str]:
    """Return ``names`` and the actions that they call in deploy order, in which callees come first.

    Otherwise, the order is kept. Names without a card are omitted. A cycle is broken at an
    arbitrary point.
    """
    found: list[str] = []
    begun: set[str] = set()
    # This is a depth-first search with an explicit stack. Each name is popped twice, once before
    # its callees and once after them.
    waiting = [(name, False) for name in reversed(list(names))]
    while waiting:
        name, is_ready = waiting.pop()
        if is_ready:
            found.append(name)
        elif name not in begun and name in cards:
            begun.add(name)
            waiting.append((name, True))
            waiting += [(called, False) for called in reversed(calls(cards[name]))]
    return found


# Cycles


def check_cycle(
    name: str, calls: Iterable[str], components: Callable[[str], Iterable[str]], namespace: str
) -> None:
    """Raise CompositionError, which shows the chain of calls, if ``name`` would call itself.

    ``calls``: full names of the actions that ``name`` calls.
    ``components``: a function that returns the full names of the actions that an action calls.
    ``namespace``: the name of the caller's namespace.
    """

    def own(full: str) -> str:
        parsed = FullName.parse(full)
        is_own = parsed.namespace in (OWN_NAMESPACE, namespace)
        return parsed.local if is_own else f"/{parsed.path}"

    seen: set[str] = set()
    waiting = [(name, own(full), full) for full in calls]
    caller_of: dict[str, str] = {}
    while waiting:
        # The search is breadth-first, so that the error shows the shortest chain.
        caller, callee, full = waiting.pop(0)
        if callee == name:
            raise _cycle_error(name, caller, caller_of)
        if callee not in seen:
            seen.add(callee)
            caller_of[callee] = caller
            waiting += [(callee, own(each), each) for each in components(full)]


def _cycle_error(name: str, caller: str, caller_of: dict[str, str]) -> CompositionError:
    chain = [name]
    while caller != name:
        chain.insert(0, caller)
        caller = caller_of[caller]
    chain.insert(0, name)
    last = chain[-2]
    return CompositionError(
        f"{name} would call itself: {' → '.join(chain)}.",
        hint=f"Leave {name} out of {last}. To repeat steps, put repeat(3, …) around them.",
    )
