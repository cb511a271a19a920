"""What was carried here from another disk is what it says it is."""

from __future__ import annotations

from jupyter_faas.errors import BundleDamaged


def check_arrived(what: str, found: str, wanted: str) -> None:
    """Raises BundleDamaged when the digest that was found is another than the one wanted."""
    if found != wanted:
        raise BundleDamaged(
            f"The {what} that arrived is {found[:16]}, not {wanted[:16]}.",
            hint="Deploy again; if it happens again, run the cell again first.",
        )
