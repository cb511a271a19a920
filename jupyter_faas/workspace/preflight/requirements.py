"""Whether what a package imports is there where it runs."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.workspace.preflight.kinds import minor_of
from jupyter_faas.workspace.preflight.report import Check
from jupyter_faas.workspace.targets.targets import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.workspace.preflight.preflight import Place

# Images of Apache OpenWhisk, by how their names begin: they hold none of what models need.
_STOCK_IMAGES = ("openwhisk/action-python-", "apache/openwhisk-runtime-python", "action-python-")
_NAMES_SHOWN = 3
# What those images have besides the standard library (openwhisk-contract.md §5.3), in versions of
# their own.
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

LACKING = "--vendor sends them along as wheels; --image NAME runs it in an image that has them."


def requirements_checks(record: PackageRecord, bundle: Bundle, place: Place) -> Iterator[Check]:
    """The row on the requirements, and one on wheels of other versions. None without any."""
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
        yield _vendored(record, bundle, place, value)
        yield from _replaced(bundle)
    elif place.name != PLAYGROUND:
        in_stock = are_there(names, record.kind, place)
        if in_stock and "requirements.txt" not in manifest.files:
            yield Check("Requirements", value, f"in {record.kind}, in its own versions")
        else:
            yield _installed_there(record, place, value, in_stock)


def are_there(names: Iterable[str], kind: str, place: Place) -> bool:
    """Whether the kind has them all, so that nothing need be installed.

    All or none: where one is missing, the runtime makes an environment that sees none of its own.
    """
    if place.name == PLAYGROUND or not _is_stock(_image(kind, place)):
        return False
    return {canonicalize_name(name) for name in names} <= _IN_STOCK


def _is_stock(image: str | None) -> bool:
    return image is not None and image.removeprefix("docker.io/").startswith(_STOCK_IMAGES)


def _vendored(record: PackageRecord, bundle: Bundle, place: Place, value: str) -> Check:
    wheels = dict(bundle.manifest.vendored or {})
    python, kind = wheels.get("python"), _resolved(record.kind, place)
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
    if place.name == PLAYGROUND and not _is_their_machine():
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


def _is_their_machine() -> bool:
    return sys.platform == "linux" and platform.machine().lower() in ("x86_64", "amd64")


def _resolved(kind: str, place: Place) -> str:
    try:
        return place.info.resolve(kind) if place.info is not None else kind
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


def _installed_there(record: PackageRecord, place: Place, value: str, in_stock: bool) -> Check:
    image = _image(record.kind, place)
    if image is None:
        return Check("Requirements", value, "not known to be there", hint=LACKING)
    if not _is_stock(image):
        return Check("Requirements", value, f"not known to be in {image}", hint=LACKING)
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
        hint=LACKING,
        fix="--vendor",
    )


def _image(kind: str, place: Place) -> str | None:
    if place.info is None:
        return None
    resolved = _resolved(kind, place)
    found = (each for family in place.info.runtimes.values() for each in family)
    return next((each.image for each in found if each.kind == resolved), None)
