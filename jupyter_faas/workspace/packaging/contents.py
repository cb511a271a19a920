"""Show what a package contains and why, for the verbs ``show`` and ``explain``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError, PackageNotFound
from jupyter_faas.workspace import text

if TYPE_CHECKING:
    from jupyter_faas.bundle import BundleStore, PackageRecord
    from jupyter_faas.capture import CapturedFunction, CapturedFunctions

# These files are generated for each function. The other code files are the same in all packages.
_GENERATED = (
    "function.py",
    "composition.py",
    "captured.py",
    "faas_environment.py",
    "requirements.txt",
)
_OF_MODELS = "used by the converted model"


@dataclass(frozen=True)
class ShownFiles:
    """The files of a package.

    ``texts`` maps the paths of the files to print to their contents. ``sizes`` maps all paths to
    sizes in bytes. ``alone`` is true if one file was requested.
    """

    name: str
    package: str
    bundle: str
    texts: Mapping[str, str]
    sizes: Mapping[str, int]
    alone: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints: all files, with the contents of the files to print."""
        files = [
            {
                "path": path,
                "size": size,
                **({"text": self.texts[path]} if path in self.texts else {}),
            }
            for path, size in self.sizes.items()
        ]
        return {"name": self.name, "package": self.package, "bundle": self.bundle, "files": files}

    def lines(self) -> tuple[str, ...]:
        """Return each file's contents below its path, then the paths and sizes of the other files.

        If one file was requested, return only its contents.
        """
        if self.alone:
            return tuple(line for written in self.texts.values() for line in written.splitlines())
        lines: list[str] = []
        for path, written in self.texts.items():
            lines += [f"── {path} ({text.size(self.sizes[path])})", *written.splitlines(), ""]
        others = [path for path in self.sizes if path not in self.texts]
        width = max(map(len, others), default=0)
        if others:
            lines.append("── also in the package")
        lines += [f"{path:<{width}}  {text.size(self.sizes[path]):>9}" for path in others]
        return tuple(lines)


@dataclass(frozen=True)
class Explanation:
    """The reasons why each captured name and each requirement is in a package, as JSON objects."""

    name: str
    package: str
    bundle: str
    size: int
    names: Sequence[Mapping[str, Any]]
    requirements: Sequence[Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "name": self.name,
            "package": self.package,
            "bundle": self.bundle,
            "size": self.size,
            "names": list(self.names),
            "requirements": list(self.requirements),
        }

    def lines(self) -> tuple[str, ...]:
        """Return a summary line, then a paragraph per name and per requirement."""
        count = sum(one["kind"] != "note" for one in self.names)
        what = f"{count} name{'' if count == 1 else 's'}" if count else "nothing"
        size = text.size(self.size)
        lines = [f"{self.name} includes {what} from the notebook. The size of the zip is {size}."]
        for one in self.names:
            size = text.size(one["size"]) if one["size"] else ""
            lines += ["", " · ".join(filter(None, (one["name"], one["kind"], size)))]
            lines += [f"    {line}" for line in _reasons(one)]
        for one in self.requirements:
            lines += ["", f"{one['name']} {one['version']} · requirement", f"    {one['why']}"]
        return tuple(line.rstrip() for line in lines)


class PackageContents:
    """A reader for the contents of the packages in one store."""

    def __init__(self, store: BundleStore) -> None:
        self._store = store

    def show(self, name: str, *, package: str | None = None, path: str | None = None) -> ShownFiles:
        """Return the generated files of a function, or only the file ``path``.

        ``package`` is a package id. Without it, the latest package of that name is used. Raises
        PackageNotFound, and InputError for a file that is missing or not text.
        """
        record = self._record(name, package)
        bundle = self._store.get(record.bundle)
        sizes = {one: size for one, size, _ in bundle.members()}
        if path is not None and path not in sizes:
            raise InputError(
                f"The package of {name} does not contain {path}.",
                hint=f"It contains {', '.join(sizes)}.",
            )
        contents = bundle.contents()
        chosen = _GENERATED if path is None else (path,)
        return ShownFiles(
            name=record.name,
            package=record.id,
            bundle=record.bundle,
            texts={one: _text(name, one, contents[one]) for one in chosen if one in contents},
            sizes=sizes,
            alone=path is not None,
        )

    def explain(self, name: str, *, package: str | None = None) -> Explanation:
        """Return why each name and requirement is in the package.

        Without ``package``, which is a package id, the latest package of that name is used. Raises
        PackageNotFound.
        """
        record = self._record(name, package)
        bundle = self._store.get(record.bundle)
        # The reasons are stored beside the bundle, because they name cells, which must not change
        # the bundle's sha256.
        reasons = self._store.get_reasons(record.id)
        of_names, of_requirements = reasons.get("names", {}), reasons.get("requirements", {})
        return Explanation(
            name=record.name,
            package=record.id,
            bundle=record.bundle,
            size=len(bundle.data),
            names=[{**one, **of_names.get(one["name"], {})} for one in bundle.manifest.captured],
            requirements=[
                # A requirement without a stored reason comes from a model.
                {**one, "why": of_requirements.get(one["name"], _OF_MODELS)}
                for one in bundle.manifest.requirements
            ],
        )

    def _record(self, name: str, package: str | None) -> PackageRecord:
        record = self._store.latest_package(name) if package is None else None
        if package is not None:
            return self._store.get_package(package)
        if record is None:
            raise PackageNotFound(
                f"No function {name!r} was packaged on this machine.",
                hint="Run its %%function or %%composition cell, or deploy its notebook: jupyter "
                "faas deploy NOTEBOOK.ipynb",
            )
        return record


def reasons_of(
    captured: CapturedFunction | CapturedFunctions, origins: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the reasons that are stored beside the package.

    These are the paths from the function to each name, the cells that define the names, and the
    reason for each requirement.
    """
    return {
        "names": {
            one.name: {
                "ways": [list(way) for way in captured.usage_paths.get(one.name, ())],
                **origins.get(one.name, {}),
            }
            for one in captured.items
        },
        "requirements": {one.distribution: one.why for one in captured.requirements},
    }


def _reasons(one: Mapping[str, Any]) -> Iterator[str]:
    ways = one.get("ways") or []
    for way in ways:
        yield f"used by {' → '.join(way)}"
    if not ways:
        yield str(one["why"])
    if "cell" in one:
        yield f"defined in cell [{one['cell']}], line {one['line']}"
    if one.get("note"):
        yield f"! {one['note']}"


def _text(name: str, path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"{path} is not a text file: it contains {text.size(len(data))} of data.",
            hint=f"To see the text files of the package: %faas show {name}",
        ) from None
