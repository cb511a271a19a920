"""Variant: the annotation of an action that is a version of another one, such as ``iris-dev``.

It is apart from the service that deploys variants, because the lists of functions read it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from jupyter_faas.whisk import Action

VARIANT = "faas-variant"

Role = Literal["dev"]


@dataclass(frozen=True)
class Variant:
    """A version of the function ``of`` (``name`` or ``package/name``) beside it.

    ``role`` is ``dev`` for the version that ``--watch`` deploys.
    """

    role: Role
    of: str

    @property
    def name(self) -> str:
        """The name of the variant's action."""
        return f"{self.of}-{self.role}"

    def to_annotation(self) -> dict[str, Any]:
        return {"role": self.role, "of": self.of}

    @classmethod
    def read(cls, action: Action) -> Variant | None:
        """Return what the action's annotation says, or None if it is not a variant.

        Any tool can write annotations, so a wrong one is ignored.
        """
        found = action.annotation(VARIANT)
        if not isinstance(found, dict):
            return None
        roles: tuple[Role, ...] = get_args(Role)
        known = (cls(role, str(found.get("of"))) for role in roles if role == found.get("role"))
        return next((each for each in known if each.name == action.full_name.local), None)
