"""Packages as deterministic zips, in which equal members produce equal bytes."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_faas.bundle.manifest import MANIFEST, Manifest
from jupyter_faas.bundle.members import MAX_MEMBERS, MAX_UNPACKED, is_readable, is_safe, sort_key
from jupyter_faas.errors import BundleDamaged, BundleError

# The earliest time that a zip can store. A real time would change the bytes of every package.
_TIME = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644
_UNIX = 3
# The compression level is fixed, like the time and the mode, so that equal members produce equal
# bytes.
_LEVEL = 6
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_PIECE = 1 << 20
_MAX_MANIFEST = 20_000_000


@dataclass(frozen=True)
class Bundle:
    """A package: the bytes of its zip (``data``), the sha256 of ``data``, and the manifest."""

    sha256: str
    data: bytes
    manifest: Manifest

    @classmethod
    def from_bytes(cls, data: bytes) -> Bundle:
        """Read a package from the bytes of a zip, which may come from an untrusted source.

        Raises BundleDamaged when ``data`` is not a valid zip, has no valid manifest, or contains
        a member that is unsafe to unpack. Also raises BundleDamaged when the members or their
        sha256 differ from those in the manifest.
        """
        sums: dict[str, str] = {}
        manifest: Manifest | None = None
        with _opened(data) as archive:
            for info in archive.infolist():
                if info.filename == MANIFEST:
                    manifest = Manifest.from_bytes(_limited(archive, info))
                else:
                    sums[info.filename] = _sha256(archive, info)
        if manifest is None:
            raise BundleDamaged("The package has no manifest.json.")
        for path in sorted({*sums, *manifest.files}):
            if path not in sums:
                raise BundleDamaged(
                    f"The package does not contain {path}, which its manifest lists."
                )
            if manifest.files.get(path) != sums[path]:
                raise BundleDamaged(f"{path} in the package does not match the manifest.")
        return cls(hashlib.sha256(data).hexdigest(), data, manifest)

    def members(self) -> list[tuple[str, int, int]]:
        """Return ``(path, size, compressed size)`` of each member, in bytes, in the zip's order."""
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            return [(m.filename, m.file_size, m.compress_size) for m in archive.infolist()]

    def read(self, path: str) -> bytes:
        """Return the bytes of the member at ``path``. Raises KeyError when there is none."""
        with _opened(self.data) as archive:
            return archive.read(path)

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of every member, by path."""
        with _opened(self.data) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}

    def readable(self) -> dict[str, bytes]:
        """Return the bytes of the sources, requirements and manifest, by path.

        Files from vendored wheels are omitted.
        """
        return {
            path: data
            for path, data in self.contents().items()
            if is_readable(path) and self.manifest.owner_of(path) is None
        }

    def unpack(self, folder: Path) -> None:
        """Write all members to the directory ``folder``, which is created if necessary."""
        folder.mkdir(parents=True, exist_ok=True)
        with _opened(self.data) as archive:
            for info in archive.infolist():
                target = folder.joinpath(*info.filename.split("/"))
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(info))


def pack(files: Mapping[str, bytes], manifest: Manifest) -> Bundle:
    """Return a package of ``files`` and a copy of ``manifest`` that lists these files.

    The order of ``files`` does not matter. Raises BundleError when ``files`` contains manifest.json
    or an unsafe path, or when the package would exceed 10,000 members or 1 GB.
    """
    if MANIFEST in files:
        raise BundleError("A package cannot include another file named manifest.json.")
    for path in files:
        if not is_safe(path):
            raise BundleError(f"{path!r} is not a valid path in a package.")
    if len(files) >= MAX_MEMBERS or sum(map(len, files.values())) > MAX_UNPACKED:
        raise BundleError(
            f"The package would contain {len(files):,} files "
            f"({sum(map(len, files.values())) / 1e6:,.0f} MB). "
            f"The limits are {MAX_MEMBERS - 1:,} files and {MAX_UNPACKED / 1e6:,.0f} MB.",
            hint="Leave --include out for files that the function does not read. If the cell has "
            "--vendor, replace it with an image that contains the requirements: --image NAME",
        )
    ordered = sorted(files, key=sort_key)
    sums = {path: hashlib.sha256(files[path]).hexdigest() for path in ordered}
    complete = replace(manifest, files=sums)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in ordered:
            _write(archive, path, files[path])
        _write(archive, MANIFEST, complete.to_bytes())
    data = stream.getvalue()
    return Bundle(hashlib.sha256(data).hexdigest(), data, complete)


def _write(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
    info = zipfile.ZipInfo(path, _TIME)
    info.external_attr = _FILE_MODE << 16
    info.create_system = _UNIX
    archive.writestr(info, data, zipfile.ZIP_DEFLATED, _LEVEL)


@contextmanager
def _opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    """Check and open a zip. Raises BundleDamaged when the check or a later read fails."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive.infolist(), len(data))
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise BundleDamaged(f"The package is not a valid zip file: {error}.") from error


def _sha256(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """Return the sha256 of a member, read in chunks because a small zip can unpack to gigabytes."""
    found = hashlib.sha256()
    with archive.open(info) as member:
        while piece := member.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def _limited(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > _MAX_MANIFEST:
        raise BundleDamaged("The package's manifest.json is too large.")
    return archive.read(info)


def _check(infos: list[zipfile.ZipInfo], size: int) -> None:
    """Check a zip before it is unpacked. Raises BundleDamaged when unpacking could be harmful."""
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise BundleDamaged(
            f"The unpacked package would exceed the limit of {MAX_MEMBERS:,} files or "
            f"{MAX_UNPACKED / 1e6:,.0f} MB."
        )
    # In some zip bombs, several members share the same compressed bytes.
    if sum(info.compress_size for info in infos) > size:
        raise BundleDamaged("Files in the package overlap.")
    seen: set[str] = set()
    for info in infos:
        # zipfile cuts a name at a NUL byte, but other programs use the whole name.
        path = info.orig_filename
        if not is_safe(path) or path != info.filename:
            raise BundleDamaged(f"The package contains the unsafe path {path!r}.")
        if path in seen:
            raise BundleDamaged(f"The package contains {path} twice.")
        seen.add(path)
        # These bits hold the Unix file type. A symbolic link could point outside the directory.
        kind = (info.external_attr >> 16) & 0o170000
        if kind not in (0, 0o100000) or info.flag_bits & _ENCRYPTED:
            raise BundleDamaged(f"{path} in the package is not a regular, unencrypted file.")
        if info.compress_type not in _METHODS:
            raise BundleDamaged(f"{path} in the package uses an unknown compression method.")
