"""The target of a kernel, kept so that the kernel finds it again after a restart.

A kernel learns the path of its notebook only when it starts first. If the notebook is renamed
later and the kernel restarts, it cannot read the notebook's target from the file. With "Run All",
its cells arrive before the front end can tell it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from jupyter_faas.bundle.atomic_files import write_atomically

_FOLDER = "kernels"


class KernelTarget:
    """A file in the data folder that belongs to a kernel, whatever process runs it at present.

    ``connection_file`` identifies the kernel. It stays the same when the kernel restarts, and is
    deleted when the kernel ends. Without one nothing is kept.
    """

    def __init__(self, data_dir: Path, connection_file: Path | None) -> None:
        self._connection_file = connection_file
        self._folder = data_dir / _FOLDER

    def read(self) -> str | None:
        """Return the target that was written last, or None if the kernel follows the default."""
        if self._connection_file is None:
            return None
        try:
            return self._path(self._connection_file).read_text("utf-8") or None
        except (OSError, UnicodeDecodeError):
            return None

    def write(self, name: str | None) -> None:
        """Keep the name of the target, if it differs from what is kept.

        Errors are ignored, because a front end tells the kernel its target after a restart anyway.
        """
        if self._connection_file is None or name == self.read():
            return
        with suppress(OSError):
            write_atomically(
                self._path(self._connection_file), (name or "").encode(), lasting=False
            )
            self._delete_ended(self._connection_file)

    def _path(self, connection_file: Path) -> Path:
        return self._folder / connection_file.stem

    def _delete_ended(self, connection_file: Path) -> None:
        """Delete the files of kernels that have ended."""
        for path in self._folder.iterdir():
            if not connection_file.with_name(f"{path.name}{connection_file.suffix}").exists():
                path.unlink(missing_ok=True)
