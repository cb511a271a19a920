"""Preflight checks of a package's requirements against what the target's kind has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from jupyter_faas.whisk.runtime_images import UNPINNED
from jupyter_faas.workspace import text
from jupyter_faas.workspace.preflight.remedies import PACKAGE_AGAIN, again, run_in_an_image
from jupyter_faas.workspace.preflight.report import Check
from jupyter_faas.workspace.preflight.sizes import dependency_sizes
from jupyter_faas.workspace.settings import PLAYGROUND
from jupyter_faas.workspace.targets.kind_images import (
    image_name,
    kind_image,
    kind_python,
    resolved_kind,
)

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.errors import FaasError
    from jupyter_faas.whisk.runtime_images import RuntimeImage
    from jupyter_faas.workspace.targets.capabilities import TargetCapabilities

_NAMES_SHOWN = 3

_LEARN = "scikit-learn "


def requirements_checks(
    record: PackageRecord,
    bundle: Bundle,
    target: TargetCapabilities,
    unfit: FaasError | None = None,
) -> Iterator[Check]:
    """Check that the target has the requirements, and report wheels of other versions.

    ``unfit`` is the error that prevented what the target lacks from being packaged, if any.
    Yields nothing for a package without requirements.
    """
    manifest = bundle.manifest
    wanted = {str(each["name"]): str(each["version"]) for each in manifest.requirements}
    if not wanted:
        return
    value = _some(wanted)
    if record.image:
        note = f"to check the image: %faas image --check {record.image}"
        yield Check("Requirements", value, note)
    elif unfit is not None:
        yield Check(
            "Requirements",
            value,
            "could not be packaged for this target",
            ok=False,
            says=unfit.message.partition("\n")[0].rstrip("."),
            hint=unfit.hint,
        )
    elif manifest.vendored is not None:
        yield _vendored(record, bundle, target, value)
        yield from _replaced(bundle)
        yield from _estimator(record, bundle, target)
        provided = manifest.vendored.get("provided", ())
        there = {str(each["name"]): str(each["version"]) for each in provided}
        yield from _other_versions(wanted, there, resolved_kind(record.kind, target))
    elif target.name != PLAYGROUND:
        # The playground runs actions in the environment that packaged them, so it is not checked.
        image = kind_image(record.kind, target)
        if image is None:
            yield _unknown(record.kind, target, value)
            return
        yield _in_image(record, bundle, target, image)
        versions = {_canonical(name): version for name, version in image.distributions.items()}
        yield from _other_versions(wanted, versions, resolved_kind(record.kind, target))


def _some(names: Mapping[str, str] | list[str]) -> str:
    """Return the first names, and how many there are in addition."""
    shown = list(names)
    text = ", ".join(shown[:_NAMES_SHOWN])
    return f"{text} + {len(shown) - _NAMES_SHOWN}" if len(shown) > _NAMES_SHOWN else text


def _alternatives(names: list[str]) -> str:
    """Return the names as ``a, b or c``, or the first names and the number of the others."""
    shown, more = names[:_NAMES_SHOWN], len(names) - _NAMES_SHOWN
    words = [*shown, f"{more} other{'' if more == 1 else 's'}"] if more > 0 else shown
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _canonical(name: str) -> str:
    return str(canonicalize_name(name))


def _unknown(kind: str, target: TargetCapabilities, value: str) -> Check:
    if target.info is None:
        return Check(
            "Requirements",
            value,
            f"not known until {target.label} responds",
            warn=True,
            unknown=True,
            says=f"the contents of {kind} are not known until {target.label} responds",
        )
    place = image_name(kind, target) or resolved_kind(kind, target)
    return Check(
        "Requirements",
        value,
        f"may not be in {place}",
        warn=True,
        unknown=True,
        says=f"the contents of {place} are not documented",
        fix="--vendor",
    )


def _in_image(
    record: PackageRecord, bundle: Bundle, target: TargetCapabilities, image: RuntimeImage
) -> Check:
    """Check a package without wheels, whose requirements the image must contain.

    Wheels are missing if they could not be downloaded, or do not exist for the image's Python.
    """
    from jupyter_faas.vendoring import VENDORED_PYTHONS

    names = [str(each["name"]) for each in bundle.manifest.requirements]
    kind = resolved_kind(record.kind, target)
    lacking = [name for name in names if _canonical(name) not in image.distributions]
    if lacking:
        unsure = "" if image.documented else " (its documentation may not list everything)"
        slow = ", and would install missing libraries at each cold start" if image.installs else ""
        return Check(
            "Requirements",
            _some(names),
            f"not in {kind}",
            ok=False,
            says=f"{kind} does not include {_alternatives(lacking)}{unsure}{slow}",
            hint=PACKAGE_AGAIN if image.python in VENDORED_PYTHONS else run_in_an_image(bundle),
        )
    return Check("Requirements", _some(names), f"in {kind}")


def _other_versions(
    wanted: Mapping[str, str], there: Mapping[str, str], kind: str
) -> Iterator[Check]:
    """Yield a warning for each requirement that the image has in another version."""
    for name, version in wanted.items():
        found = there.get(_canonical(name), version)
        if found.partition("+")[0] != version.partition("+")[0]:
            yield Check(
                "Version",
                f"{name} {found}",
                f"in {kind}; packaged with {version}",
                warn=True,
                says=f"{kind} has {name} {found}, but the function was packaged with {version}",
            )


def _vendored(
    record: PackageRecord, bundle: Bundle, target: TargetCapabilities, value: str
) -> Check:
    wheels = dict(bundle.manifest.vendored or {})
    python, kind = str(wheels.get("python")), resolved_kind(record.kind, target)
    runs = kind_python(record.kind, target)
    if runs != python:
        return Check(
            "Requirements",
            value,
            f"includes wheels for Python {python}",
            ok=False,
            says=f"its wheels are for Python {python}, but {kind} has a different version"
            + (f" ({runs})" if runs and runs not in kind else ""),
            hint=again(target.name),
        )
    provided = [str(each["name"]) for each in wheels.get("provided", ())]
    if not provided:
        return Check("Requirements", value, "included in the package")
    travels = [each["name"] for each in wheels["distributions"]]
    verb = "is packaged" if len(travels) == 1 else "are packaged"
    note = f"{_some(travels)} {verb}; {_some(provided)} in {kind}" if travels else f"in {kind}"
    return Check("Requirements", value, note)


def _estimator(
    record: PackageRecord, bundle: Bundle, target: TargetCapabilities
) -> Iterator[Check]:
    """Warn of an estimator that brings its scikit-learn because the image has another version."""
    image = kind_image(record.kind, target)
    there = image.distributions.get("scikit-learn") if image is not None else None
    sizes = dependency_sizes(bundle)
    version = next((name.partition(" ")[2] for name, _ in sizes if name.startswith(_LEARN)), "")
    skops = any(model.get("route") == "skops" for model in bundle.manifest.models)
    if image is None or there is None or not version or not skops or version == there:
        return
    kind = resolved_kind(record.kind, target)
    in_image = {*image.distributions, *UNPINNED}
    rest = sum(size for name, size in sizes if name.partition(" ")[0] not in in_image)
    yield Check(
        "Estimator",
        f"scikit-learn {version}",
        f"in the package; {kind} has {there}",
        warn=True,
        says=f"the estimator was fitted with scikit-learn {version}, which is in the package "
        f"because {kind} has {there}",
        hint=f"To shrink the package to about {text.size(rest)}, run %pip install "
        f"scikit-learn=={there}, restart the kernel and run the notebook again.",
    )


def _replaced(bundle: Bundle) -> Iterator[Check]:
    for each in (bundle.manifest.vendored or {}).get("replaced", ()):
        yield Check(
            "Version",
            f"{each['name']} {each['taken']}",
            f"instead of {each['wanted']}, which has no wheel for this target",
            warn=True,
            says=f"{each['name']} {each['taken']} is packaged instead of {each['wanted']}",
        )
