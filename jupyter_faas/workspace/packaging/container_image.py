"""Write the Dockerfile of an image with the requirements of actions, or check an image."""

from __future__ import annotations

import base64
import importlib.metadata
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import shipped_text
from jupyter_faas.errors import FaasError, InputError, TargetFailed
from jupyter_faas.whisk.runtime_images import runtime_image

if TYPE_CHECKING:
    from jupyter_faas.client import Client

# This is the latest release of OpenWhisk's Python runtimes, and the tag of their images.
RELEASE = "1.20.0"
BASES = ("3.9", "3.10", "3.11", "3.12")
MODEL_NEEDS = ("numpy", "onnxruntime")

_HEADER = "# Written by jupyter faas image"
_IMAGE = re.compile(r"[\w][\w.:/@+-]{0,511}")
_BUILD = (
    "Build the image from the Dockerfile that %faas image writes, and push it to a registry from "
    "which the host can pull it. Then check it again."
)
_CHECK_MEMORY_MB, _CHECK_TIMEOUT_MS = 512, 60_000


def check_image_name(image: str) -> str:
    """Return ``image``. Raises InputError if OpenWhisk does not allow it as an image name."""
    if not _IMAGE.fullmatch(image):
        raise InputError(
            f"{image!r} is not a valid image name.",
            hint="For example: --image docker.io/me/faas:1",
        )
    return image


def base_image(python: str) -> str:
    """Return Apache OpenWhisk's image for a Python version such as ``3.11``.

    Raises InputError for a version without an image.
    """
    if python not in BASES:
        raise InputError(
            f"Apache OpenWhisk has no image with Python {python}.",
            hint=f"Choose {', '.join(f'--python {one}' for one in BASES[::-1])}, or another "
            "image with --base IMAGE.",
        )
    return f"openwhisk/action-python-v{python}:{RELEASE}"


def dockerfile(python: str, base: str, pins: Mapping[str, str]) -> str:
    """Return a Dockerfile that installs ``pins`` on ``base``. ``pins`` maps names to versions."""
    # The pins are sorted, so that the same pins always produce the same file.
    wanted = " \\\n      ".join(f"{name}=={version}" for name, version in sorted(pins.items()))
    modules = ", ".join(modules_of(sorted(pins)).values())
    known = runtime_image("", base)
    user = known.user if known else ""
    # pip would install into the home directory of a user without rights, and without a word. An
    # action has no HOME, so it would not find what is there.
    before, after = ("USER root\n", f"\nUSER {user}\n") if user else ("", "")
    return f"""\
{_HEADER}: Python {python}, with the libraries that models need.
#
#   docker build -t REGISTRY/NAME:TAG .
#   docker push REGISTRY/NAME:TAG
#   jupyter faas image --check REGISTRY/NAME:TAG
#
# Then, in a cell: %%function NAME --image REGISTRY/NAME:TAG
FROM {base}

{before}RUN pip3 install --no-cache-dir --no-user --only-binary=:all: \\
      {wanted}
{after}
# Check that the libraries load without a home directory, because actions do not have one.
RUN env -u HOME python3 -s -c "import {modules}"
"""


def write_dockerfile(folder: Path, text: str) -> Path:
    """Write ``Dockerfile`` into ``folder`` and return its path.

    Raises InputError if the directory has a Dockerfile that this program did not write, or if
    writing fails.
    """
    path = folder / "Dockerfile"
    try:
        earlier = path.read_text("utf-8") if path.exists() else ""
        if earlier and not earlier.startswith(_HEADER):
            raise InputError(
                f"{folder} already contains another Dockerfile.",
                hint="Choose another folder: --output DIR",
            )
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the existing file is not text"
        raise InputError(
            f"{path} cannot be written: {reason}.", hint="Choose another folder: --output DIR"
        ) from error
    return path


def modules_of(distributions: Iterable[str]) -> dict[str, str]:
    """Return the name of the module that each distribution provides.

    A distribution that is not installed here is assumed to have a module of the same name.
    """
    # This reads the metadata of every distribution, so it is called only once.
    installed = sorted(importlib.metadata.packages_distributions().items())
    found = {}
    for distribution in distributions:
        # Modules such as setuptools' _distutils_hack are not meant to be imported.
        owned = (
            module
            for module, names in installed
            if distribution in names and not module.startswith("_")
        )
        found[distribution] = next(owned, distribution.replace("-", "_"))
    return found


@dataclass(frozen=True)
class ImageFacts:
    """The result of checking an image.

    ``found`` maps each distribution to its ``version`` or to an ``error``. ``model`` is the reason
    why a small ONNX model failed, or empty if the model worked.
    """

    image: str
    python: str
    machine: str
    found: Mapping[str, Mapping[str, str]]
    model: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name, each in self.found.items() if "version" not in each)

    @property
    def sound(self) -> bool:
        return not self.missing and not self.model

    def to_json(self) -> dict[str, Any]:
        return {
            "image": self.image,
            "ok": self.sound,
            "python": self.python,
            "machine": self.machine,
            "found": {name: dict(each) for name, each in self.found.items()},
            "model": self.model,
        }


def ask_image(
    client: Client, image: str, names: tuple[str, ...], progress: Callable[[str], None]
) -> ImageFacts:
    """Run a small action in ``image`` on the target and return the facts that it reports.

    The action is removed afterwards. Raises InputError for an invalid image name, TargetRefused if
    the target rejects the action, and TargetFailed if the action does not run.
    """
    from jupyter_faas.workspace.activations import invoke

    action = f"faas-image-check-{secrets.token_hex(4)}"
    body = {
        "exec": {
            "kind": "blackbox",
            "image": check_image_name(image),
            "code": shipped_text("action/image_check.py"),
        },
        "limits": {"timeout": _CHECK_TIMEOUT_MS, "memory": _memory(client)},
    }
    params = {
        "modules": modules_of(names),
        "model": base64.b64encode(_small_model()).decode("ascii"),
    }
    progress(f"Running a check in {image}…")
    client.put_action(action, body)
    try:
        # The host first pulls the image, which may take longer than a blocking request can wait.
        activation = invoke(client, action, params, blocking=True, timeout_s=330.0)
    finally:
        # A failed removal must not hide the result or the error of the run.
        with suppress(FaasError):
            client.delete_action(action)
    result = activation.response.result
    if not activation.response.success or not isinstance(result, dict):
        words = result.get("error") if isinstance(result, dict) else result
        message = f"{client.target.label} could not run an action in {image}: {words}"
        error = TargetFailed(message, hint=_BUILD)
        # The playground's remark says how it runs an image that it does not know.
        if note := activation.annotation("faas-note"):
            error.hint = str(note)
        raise error
    return ImageFacts(
        image=image,
        python=str(result.get("python")),
        machine=str(result.get("machine")),
        found=result.get("found") or {},
        model=str(result.get("model", "")),
    )


def _memory(client: Client) -> int:
    limits = client.info().limits
    # Some hosts do not allow the usual memory size.
    return min(max(_CHECK_MEMORY_MB, limits.min_memory), limits.max_memory)


def _small_model() -> bytes:
    """Return a minimal ONNX model, which returns its input."""
    from onnx import TensorProto, helper

    one = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    other = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [one], [other])
    # These are older versions of opset and IR, which the onnxruntime in an older image can also
    # read.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data
