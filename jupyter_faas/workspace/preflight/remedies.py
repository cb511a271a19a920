"""What the user can do about a package that is too large or that a target cannot run.

Each text can be followed literally: tests/notebooks/hints does so. Several checks and the deploy
itself use the same texts, so that one cause has one remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.workspace import text
from jupyter_faas.workspace.preflight.sizes import sent_bytes
from jupyter_faas.workspace.targets.model_store_setting import STORE_VARIABLE

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle

PACKAGE_AGAIN = (
    "Run the cell again, or use an image that contains these libraries: --image NAME, without "
    "--vendor"
)
_IN_IMAGES = frozenset({"numpy", "onnxruntime"})
# The divisor for a value that must become smaller is limited, because little of the value would be
# left.
_MOST_PARTS = 100


def use_an_image(bundle: Bundle) -> str:
    """Return how to run a function whose requirements are too large for a package."""
    return (
        "Use an image that contains the requirements: --image NAME, without --vendor. To write "
        f"its Dockerfile: {_image_command(bundle)}"
    )


def run_in_an_image(bundle: Bundle) -> str:
    """Return how to run a function on a target without a suitable kind."""
    return (
        "Run the function in an image: --image NAME. To write its Dockerfile: "
        f"{_image_command(bundle)}"
    )


def _image_command(bundle: Bundle) -> str:
    names = (str(each["name"]) for each in bundle.manifest.requirements)
    # numpy and onnxruntime are in every Dockerfile that the command writes.
    return " ".join(["%faas image", *(f"--add {name}" for name in names if name not in _IN_IMAGES)])


def again(target: str) -> str:
    """Return how to package a function for the target of this name."""
    return f"Run %faas target use {target}, and run the cell again."


def smaller_hint(bundle: Bundle, most: int, target: str) -> str:
    """Return how to make a package fit into ``most`` bytes as sent to the target of this name."""
    own = [
        (path, compressed)
        for path, _, compressed in bundle.members()
        if bundle.manifest.owner_of(path) is None
    ]
    total = sum(size for _, size in own)
    if bundle.manifest.vendored is not None and sent_bytes(total) <= most:
        return use_an_image(bundle)
    path, size = max(own, key=lambda member: member[1])
    largest = f"{text.size(sent_bytes(size))} when sent"
    folder, _, file = path.partition("/")
    if folder == "models":
        return (
            f"Set a store that its functions can read (%env {STORE_VARIABLE}=s3://bucket/models), "
            f"and run the cell again after %faas target use {target}."
        )
    if folder == "data":
        # A tenth is left for the zip's directory and for other files that change.
        room = most * 3 // 4 * 9 // 10 - (total - size)
        parts = min(_MOST_PARTS, -(-size // max(room, 1)))
        name = file.partition(".")[0]
        return (
            f"Keep only what the function needs of {name} ({largest}), such as the first rows: "
            f"{name} = {name}[: len({name}) // {parts}]"
        )
    copy = f"/tmp/{path.rpartition('/')[2]}"  # noqa: S108 - in the container of the action
    return (
        f"Put {path} ({largest}) on a web server that the function can reach, and leave it out of "
        f"the package: begin the function with urllib.request.urlretrieve(URL, {copy!r}), and "
        f"open {copy!r}, without --include."
    )
