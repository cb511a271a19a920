"""Preflight checks of kind, Python version, requirements and wheels against a target's runtimes."""

from __future__ import annotations

import ast
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.whisk import resolve_kind
from jupyter_faas.whisk.kinds import runtimes_with_python
from jupyter_faas.workspace.preflight.report import Check
from jupyter_faas.workspace.settings import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.whisk.kinds import Runtimes
    from jupyter_faas.workspace.targets.capabilities import TargetCapabilities

_OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# Name prefixes of Apache OpenWhisk's own Python images, which lack numpy and onnxruntime.
_STOCK_IMAGES = ("openwhisk/action-python-", "apache/openwhisk-runtime-python", "action-python-")
_NAMES_SHOWN = 3
# Distributions that these images contain (openwhisk-contract.md §5.3). Their versions may differ
# from the versions in the notebook's environment.
_IN_STOCK = frozenset(
    {
        "beautifulsoup4",
        "httplib2",
        "kafka-python",
        "lxml",
        "netifaces",
        "python-dateutil",
        "requests",
        "scrapy",
        "simplejson",
        "twisted",
        "virtualenv",
    }
)

REQUIREMENTS_HINT = (
    "--vendor sends them along as wheels; --image NAME runs it in an image that has them."
)


def runtime_checks(
    record: PackageRecord, bundle: Bundle, target: TargetCapabilities
) -> Iterator[Check]:
    """Check that the target has the kind and that its Python version can run the code.

    For a package with an image, only the Python version is checked.
    """
    if record.image:
        yield Check("Image", record.image, "runs it; the host must be able to pull it")
        yield from _python(record.kind, bundle)
        return
    runtimes = _runtimes(target)
    # The host did not respond, so its kinds are unknown. The host checks the kind on upload.
    if runtimes is None:
        yield Check("Kind", record.kind, "checked when it is deployed")
        yield from _python(record.kind, bundle)
        return
    try:
        resolved = resolve_kind(record.kind, runtimes)
    except KindNotSupported:
        nearest = nearest_python(record.kind, runtimes)
        family = record.kind.partition(":")[0]
        kinds = [each.kind for each in runtimes.get(family) or runtimes.get("python", ())]
        yield Check(
            "Kind",
            record.kind,
            "not available on this target",
            ok=False,
            says=f"it has no kind {record.kind}",
            hint=f"It has {', '.join(kinds) or 'no Python kind'}.",
            fix=f"--kind {nearest}" if nearest else "",
        )
        return
    family, _, version = resolved.partition(":")
    here = (
        family != "python"
        or version == _OWN_VERSION
        or shutil.which(f"python{version}") is not None
    )
    if target.name == PLAYGROUND and not here:
        # The playground lists all OpenWhisk kinds but needs their Python versions on this machine.
        yield Check(
            "Kind",
            record.kind,
            f"this machine has no python{version}",
            ok=False,
            says=f"this machine has no python{version}",
            fix=f"--kind python:{_OWN_VERSION}",
        )
        return
    yield Check("Kind", record.kind, "available on this target")
    yield from _python(resolved, bundle)


def _runtimes(target: TargetCapabilities) -> Runtimes | None:
    if target.info is not None:
        return target.info.runtimes
    # Once started, the playground will have the kind of the running Python version.
    return runtimes_with_python(_OWN_VERSION) if target.name == PLAYGROUND else None


def python_kinds(runtimes: Runtimes) -> list[str]:
    """Return the Python kinds of a host."""
    return [each.kind for each in runtimes.get("python", ())]


def nearest_python(kind: str, runtimes: Runtimes) -> str:
    """Return the Python kind whose version is nearest to ``kind``.

    If two versions are equally near, return the older version. Return an empty string if ``kind``
    has no Python 3 version or the host has no Python kind.
    """
    wanted = minor_of(kind)
    found = [(minor, each) for each in python_kinds(runtimes) if (minor := minor_of(each))]
    if wanted is None or not found:
        return ""
    return min(found, key=lambda pair: (abs(pair[0] - wanted), pair[0]))[1]


def minor_of(kind: str) -> int | None:
    """Return the minor version of a Python 3 kind or version, or None for any other text.

    It is 11 for ``python:3.11`` and for ``3.11.7``.
    """
    parts = kind.removeprefix("python:").split(".")
    return int(parts[1]) if len(parts) > 1 and parts[0] == "3" and parts[1].isdigit() else None


def _python(kind: str, bundle: Bundle) -> Iterator[Check]:
    """Compare the Python versions of the notebook and the kind. Yields nothing if they match."""
    packaged, runs = minor_of(bundle.manifest.python), minor_of(kind)
    if packaged is None or runs is None or packaged == runs:
        return
    value = f"3.{runs}"
    # Newer Python versions can parse nearly all older code, so only older versions are checked.
    location = newer_syntax(bundle, runs) if runs < packaged else ""
    if location:
        yield Check(
            "Python",
            value,
            f"packaged with 3.{packaged}",
            ok=False,
            says=f"{location} is not Python {value}",
            hint=f"Write it as Python {value} has it, or choose a newer kind with --kind.",
        )
        return
    yield Check(
        "Python",
        value,
        f"packaged with 3.{packaged}; answers may differ where the two do",
        warn=True,
        says=f"it runs on Python {value} and was packaged with 3.{packaged}",
    )


def newer_syntax(bundle: Bundle, minor: int) -> str:
    """Return where the code uses syntax that is newer than Python ``3.minor``.

    The result is text such as ``function.py, line 3,``, or an empty string. Only syntax that
    ``ast.parse`` distinguishes by version is found: ``match``, ``except*`` and type parameters.
    """
    for path, data in bundle.readable().items():
        if not path.endswith(".py"):
            continue
        try:
            ast.parse(data, path, feature_version=(3, minor))
        except SyntaxError as error:
            return f"{path}, line {error.lineno},"
    return ""


def requirements_checks(
    record: PackageRecord, bundle: Bundle, target: TargetCapabilities
) -> Iterator[Check]:
    """Check that the target has the requirements, and report wheels of other versions.

    Yields nothing for a package without requirements.
    """
    manifest = bundle.manifest
    names = [str(each["name"]) for each in manifest.requirements]
    if not names:
        return
    value = ", ".join(names[:_NAMES_SHOWN])
    if len(names) > _NAMES_SHOWN:
        value += f" + {len(names) - _NAMES_SHOWN}"
    if record.image:
        note = f"in the image? jupyter faas image --check {record.image}"
        yield Check("Requirements", value, note)
    elif manifest.vendored is not None:
        yield _vendored(record, bundle, target, value)
        yield from _replaced(bundle)
    elif target.name != PLAYGROUND:
        # The playground runs actions in the environment that packaged them, so it is not checked.
        in_stock = kind_has_requirements(names, record.kind, target)
        if in_stock and "requirements.txt" not in manifest.files:
            yield Check("Requirements", value, f"in {record.kind}, in its own versions")
        else:
            yield _runtime_requirements(record, target, value, in_stock)


def kind_has_requirements(names: Iterable[str], kind: str, target: TargetCapabilities) -> bool:
    """Return whether all distributions in ``names`` are installed in the image of the kind.

    If a single distribution is missing, the runtime creates a virtual environment in which it
    installs all of them again.
    """
    if target.name == PLAYGROUND or not _is_stock(_image(kind, target)):
        return False
    return {canonicalize_name(name) for name in names} <= _IN_STOCK


def _is_stock(image: str | None) -> bool:
    return image is not None and image.removeprefix("docker.io/").startswith(_STOCK_IMAGES)


def _vendored(
    record: PackageRecord, bundle: Bundle, target: TargetCapabilities, value: str
) -> Check:
    wheels = dict(bundle.manifest.vendored or {})
    python, kind = wheels.get("python"), _resolved(record.kind, target)
    if minor_of(kind) != minor_of(f"python:{python}"):
        return Check(
            "Requirements",
            value,
            f"wheels for Python {python} travel",
            ok=False,
            says=f"its wheels are for Python {python}, and {kind} is another",
            hint="Run the cell again, or choose the kind of the wheels.",
            fix=f"--kind python:{python}",
        )
    # Vendored wheels are built for OpenWhisk's images, which run Linux on x86-64.
    if target.name == PLAYGROUND and not _is_linux_x86():
        return Check(
            "Requirements",
            value,
            "wheels for Linux on x86-64 travel",
            ok=False,
            says=f"its wheels are for Linux on x86-64, and this is {platform.system()} on "
            f"{platform.machine()}",
            hint="Leave --vendor out here: the playground has what this notebook has.",
        )
    return Check("Requirements", value, "travel with the package")


def _is_linux_x86() -> bool:
    return sys.platform == "linux" and platform.machine().lower() in ("x86_64", "amd64")


def _resolved(kind: str, target: TargetCapabilities) -> str:
    try:
        # A kind such as ``python:default`` has no version until the host resolves it.
        return target.info.resolve(kind) if target.info is not None else kind
    except KindNotSupported:
        return kind


def _replaced(bundle: Bundle) -> Iterator[Check]:
    for each in (bundle.manifest.vendored or {}).get("replaced", ()):
        yield Check(
            "Version",
            f"{each['name']} {each['taken']}",
            f"{each['wanted']} has no wheel for that Python",
            warn=True,
            says=f"{each['name']} {each['taken']} travels in place of {each['wanted']}",
        )


def _runtime_requirements(
    record: PackageRecord, target: TargetCapabilities, value: str, in_stock: bool
) -> Check:
    image = _image(record.kind, target)
    if image is None:
        return Check("Requirements", value, "not known to be there", hint=REQUIREMENTS_HINT)
    if not _is_stock(image):
        return Check("Requirements", value, f"not known to be in {image}", hint=REQUIREMENTS_HINT)
    # This package has a requirements.txt. The runtime installs all distributions in that file, even
    # if the image already contains them.
    if in_stock:
        return Check(
            "Requirements",
            value,
            "installed at each cold start",
            warn=True,
            says=f"{record.kind} has {value}, and installs them again at each cold start",
            hint="Run the cell again with this target in use: then it takes what the kind has.",
        )
    return Check(
        "Requirements",
        value,
        f"not in {record.kind}; installed at each cold start",
        warn=True,
        says=f"{record.kind} of Apache OpenWhisk has none of {value} and installs them at each "
        "cold start, which may exceed its time limit",
        hint=REQUIREMENTS_HINT,
        fix="--vendor",
    )


def _image(kind: str, target: TargetCapabilities) -> str | None:
    if target.info is None:
        return None
    resolved = _resolved(kind, target)
    found = (each for family in target.info.runtimes.values() for each in family)
    return next((each.image for each in found if each.kind == resolved), None)
