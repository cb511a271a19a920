"""The annotation ``faas-variant`` of an action that is a version of another one beside it.

``iris-shadow`` is such an action. The playground sends it copies of the calls of ``iris``, and the
record of each copy has the annotation ``faas-shadow-of`` with the id of the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from jupyter_faas.whisk.entities import Action

VARIANT = "faas-variant"
SHADOW_OF = "faas-shadow-of"

# The annotation of a router, which divides the calls of a function between its two versions.
CANARY = "faas-canary"

Role = Literal["dev", "shadow", "stable", "canary"]


class Variant(NamedTuple):
    """A version of the function ``of`` (``name`` or ``package/name``) beside it.

    ``role``: ``dev`` for the version that ``--watch`` deploys, ``shadow`` for one that gets copies
    of calls, ``stable`` and ``canary`` for the old and the new one behind a router.
    ``package``: the id of the package that would be deployed as ``of``.
    """

    role: Role
    of: str
    package: str = ""

    @property
    def name(self) -> str:
        """The name of the variant's action."""
        return f"{self.of}-{self.role}"

    def to_annotation(self) -> dict[str, Any]:
        return {"role": self.role, "of": self.of, "package": self.package}

    @classmethod
    def read(cls, action: Action) -> Variant | None:
        """Return what the action's annotation says, or None if it is not a variant.

        Any tool can write annotations, so a wrong one is ignored.
        """
        found = action.annotation(VARIANT)
        if not isinstance(found, dict):
            return None
        of, package = str(found.get("of")), str(found.get("package", ""))
        roles: tuple[Role, ...] = get_args(Role)
        known = (cls(role, of, package) for role in roles if role == found.get("role"))
        return next((each for each in known if each.name == action.full_name.local), None)
