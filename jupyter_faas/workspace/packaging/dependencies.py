"""Provide the requirements of a package, as wheels in the zip or through an image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import MANIFEST, add_vendored, is_composition, pack
from jupyter_faas.errors import BundleError, InputError, VendoringFailed
from jupyter_faas.whisk import SystemLimits
from jupyter_faas.workspace import text
from jupyter_faas.workspace.packaging.container_image import check_image_name
from jupyter_faas.workspace.preflight.remedies import use_an_image
from jupyter_faas.workspace.preflight.sizes import dependency_lines, sent_bytes
from jupyter_faas.workspace.settings import this_kind

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, Manifest, PackageRecord
    from jupyter_faas.vendoring import VendorCache


# Models return the same results with these versions and all later ones, so another version may be
# used if the notebook's version does not have a wheel for the target's Python.
LOOSE: Mapping[str, str] = MappingProxyType({"numpy": "1.26", "onnxruntime": "1.20"})

# The manifest's ``vendored`` has this key if the wheels were chosen for a host, without --vendor.
AUTOMATIC = "automatic"


def is_automatic(manifest: Manifest) -> bool:
    """Return whether the package's wheels were chosen for a host, and not with --vendor."""
    return bool((manifest.vendored or {}).get(AUTOMATIC))


def with_wheels(
    bundle: Bundle,
    kind: str,
    cache: VendorCache,
    progress: Callable[[str], None],
    python: str = "",
) -> Bundle:
    """Return ``bundle`` with all its requirements as wheels for the Python of ``kind``.

    ``python`` is the Python version of the kind on the target, or an empty string to take the
    version in the kind's name. A bundle without requirements, or with these wheels, is returned
    unchanged. Raises VendoringFailed, and BundleError for a kind whose Python version is unknown
    or too old.
    """
    from jupyter_faas.vendoring import VENDORED_PYTHONS, python_of

    manifest = bundle.manifest
    python = python or python_of(kind) or ""
    if python not in VENDORED_PYTHONS:
        why = f"Python {python} is not supported" if python else "its Python version is not known"
        raise BundleError(
            f"Wheels cannot be packaged for the kind {kind!r}: {why}.",
            hint=f"Choose another kind, such as --kind {this_kind()}",
        )
    if not manifest.requirements:
        return bundle
    before = manifest.vendored or {}
    if before.get("python") == python and not is_automatic(manifest):
        return bundle
    wanted = {str(each["name"]): str(each["version"]) for each in manifest.requirements}
    # The installed versions have wheels for the notebook's own Python version. For another version,
    # a package with models may use later versions (see ``LOOSE``).
    loose = LOOSE if manifest.models and kind != _own_kind(manifest.python) else None
    vendored = cache.vendor(wanted, python, loose=loose, progress=progress)
    progress(f"Packaging {manifest.name} with {len(vendored.distributions)} distributions…")
    # The bundle may contain wheels for another Python. These are replaced, and the manifest is
    # rewritten.
    own = {
        path: data
        for path, data in bundle.contents().items()
        if path != MANIFEST and manifest.owner_of(path) is None
    }
    return pack(
        add_vendored(own, vendored.files), replace(manifest, kind=kind, vendored=vendored.to_json())
    )


def wheel_versions(
    wanted: Mapping[str, str], python: str, cache: VendorCache, progress: Callable[[str], None]
) -> dict[str, str]:
    """Return ``wanted`` with versions that have wheels for the Python version ``python``.

    Raises VendoringFailed if a distribution does not have a suitable wheel.
    """
    try:
        found = cache.vendor(wanted, python, loose=LOOSE, progress=progress)
    except VendoringFailed as error:
        # The hint names cell options, which do not exist for the verb ``image``.
        own = this_kind().partition(":")[2]
        raise VendoringFailed(
            error.message,
            hint=f"Choose another Python version, such as --python {own}, or a version of the "
            "distribution that has wheels: --add NAME==VERSION",
        ) from error
    taken = {each.name: each.taken for each in found.replaced}
    return {name: taken.get(name, version) for name, version in wanted.items()}


def _own_kind(version: str) -> str:
    return f"python:{'.'.join(version.split('.')[:2])}"


def check_sendable(bundle: Bundle) -> None:
    """Raise BundleError if a package made with --vendor exceeds OpenWhisk's default size limit.

    The sizes of other packages are checked against the target's limit, for the card.
    """
    if bundle.manifest.vendored is None or is_automatic(bundle.manifest):
        return
    sent, most = sent_bytes(len(bundle.data)), SystemLimits().max_code_bytes
    if sent > most:
        raise BundleError(
            f"{bundle.manifest.name!r} is too large with its requirements: it is "
            f"{text.size(sent)} when sent (base64), but OpenWhisk's limit is {text.size(most)}.",
            hint="\n".join(
                (
                    *dependency_lines(bundle),
                    use_an_image(bundle),
                )
            ),
        )


# The functions below adapt a stored package to a target that does not have its requirements.


def adapted(
    record: PackageRecord,
    bundle: Bundle,
    *,
    wheels: VendorCache | None,
    image: str | None,
    progress: Callable[[str], None],
    secrets: Iterable[str] = (),
    python: str = "",
) -> tuple[PackageRecord, Bundle]:
    """Return the record and bundle for a target that does not have the package's requirements.

    With ``wheels``, the requirements are added as wheels for the kind's Python version ``python``.
    With ``image``, the action runs in that image. ``secrets`` are the names of further environment
    variables that a deploy sets. Raises InputError if both are given, VendoringFailed, and
    BundleError if the result is too large.
    """
    check_either(record.name, vendor=wheels is not None, image=image)
    bundle = with_secrets(bundle, secrets)
    if image is not None:
        bundle = without_installing(bundle)
        return record.with_bundle(bundle.sha256, image=image), bundle
    if wheels is not None:
        bundle = with_wheels(bundle, record.kind, wheels, progress, python)
        check_sendable(bundle)
    return record.with_bundle(bundle.sha256), bundle


def check_either(name: str, *, vendor: bool, image: str | None) -> None:
    """Raise InputError if both ``vendor`` and ``image`` are given, or the image name is invalid."""
    if image is None:
        return
    check_image_name(image)
    if vendor:
        raise InputError(
            f"{name!r} cannot have both --vendor and --image.",
            hint="To include the requirements in the package, leave --image out.\nIf the image "
            "contains the requirements, leave --vendor out.",
        )


def without_installing(bundle: Bundle) -> Bundle:
    """Return the bundle without its requirements.txt, which OpenWhisk's runtime would install.

    The image or the kind already has all requirements, and an installation could exceed the
    initialization timeout.
    """
    contents = bundle.contents()
    if "requirements.txt" not in contents:
        return bundle
    kept = {p: data for p, data in contents.items() if p not in (MANIFEST, "requirements.txt")}
    return pack(kept, bundle.manifest)


def with_secrets(bundle: Bundle, names: Iterable[str]) -> Bundle:
    """Return the bundle with further names of secrets in its manifest.

    Compositions are returned unchanged, because their functions are actions of their own. Raises
    InputError as ``check_secrets`` does.
    """
    manifest = bundle.manifest
    wanted = tuple(sorted({*manifest.secrets, *names}))
    if wanted == manifest.secrets or is_composition(bundle):
        return bundle
    check_secrets(wanted, manifest.name, manifest.schema)
    kept = {path: data for path, data in bundle.contents().items() if path != MANIFEST}
    return pack(kept, replace(manifest, secrets=wanted))


def check_secrets(names: Iterable[str], function: str, schema: Mapping[str, Any]) -> None:
    """Raise InputError if a parameter of the function has the name of a secret.

    The action could not know whether a value in a request is the secret or an argument.
    """
    for name in names:
        if name in schema.get("properties", {}):
            raise InputError(
                f"{name} is a parameter of {function}, but a secret is an environment variable.",
                hint=f"Read os.environ[{name!r}] in the function, and leave the parameter out.",
            )
