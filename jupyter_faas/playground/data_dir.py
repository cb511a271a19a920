"""The playground's own folder inside the data folder: where every file of it lies."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import signal
import string
import uuid
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.options import DEFAULT_PORT

# In the state of a playground that was started before anybody asked for it; and the signal by which
# it hears that somebody does.
LEASED = "leased"
KEEP_SIGNAL = signal.SIGUSR1

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9A-Za-z]{64}")


def is_key(text: str) -> bool:
    """Whether it is a ``uuid:key``."""
    return _KEY.fullmatch(text) is not None


def new_key() -> str:
    """``uuid:key``: 36 characters, a colon, 64 letters and digits (contract §1.2)."""
    alphabet = string.ascii_letters + string.digits
    return f"{uuid.uuid4()}:{''.join(secrets.choice(alphabet) for _ in range(64))}"


class DataDirectory:
    """``DATA_DIR/playground``. Only its owner can read it."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir.absolute() / "playground"
        self.lock = self.root / "lock"
        self.key = self.root / "key"
        self.wskprops = self.root / "wskprops"
        self.state = self.root / "state.json"
        self.journal = self.root / "journal"
        self.records = self.root / "records.db"
        self.log = self.root / "playground.log"
        self.environments = self.root / "environments"
        self.code = self.root / "code"
        self.shipped = self.root / "shipped"
        self.builds = self.root / "builds"
        self.kinds = self.root / "kinds.json"
        self.namespaces = self.root / "namespaces.json"
        self.certificate = self.root / "certificate.pem"
        self.ca = self.root / "ca.pem"
        self.models = self.root / "models"
        self.model_cache = self.root / "model-cache"
        self.model_key = self.root / "models.key"

    def create(self) -> None:
        """Raises PlaygroundError when the folder cannot be made."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.chmod(0o700)
        except OSError as error:
            raise PlaygroundError(
                f"The folder {self.root} cannot be used: {error.strerror}.",
                hint="Choose another data folder with --data-dir or JUPYTER_FAAS_DATA_DIR.",
            ) from error

    def ship(self, name: str) -> Path:
        """A copy of a file for workers, so that an upgrade does not change it under their feet.

        Blocking. To be made before anything is started with it.
        """
        path = self.shipped / name
        self.shipped.mkdir(mode=0o700, exist_ok=True)
        source = (files("jupyter_faas") / "shipped/workers" / name).read_bytes()
        # A file that is new has to be compiled anew.
        if not path.exists() or path.read_bytes() != source:
            path.write_bytes(source)
        return path

    def auth(self, make: Callable[[], str] = new_key) -> str:
        """The key, made at the first call. Raises PlaygroundError when its file is damaged."""
        try:
            key = self.key.read_text().strip()
        except FileNotFoundError:
            key = make()
            write_private(self.key, key + "\n")
        if not is_key(key):
            raise PlaygroundError(
                f"{self.key} holds no key.", hint="Delete the file; the next start makes a new key."
            )
        return key

    def write_wskprops(self, apihost: str, auth: str) -> None:
        """What ``wsk`` and other clients read. No NAMESPACE: some would switch to another login."""
        write_private(self.wskprops, f"APIHOST={apihost}\nAUTH={auth}\n")

    def wskprops_of(self, namespace: str) -> Path:
        """The file of another namespace than ``guest``."""
        return self.root / "namespaces" / f"{namespace}.wskprops"

    def write_wskprops_of(self, namespace: str, apihost: str, auth: str) -> Path:
        """Give its path. Like ``wskprops`` it names no namespace: the key does."""
        path = self.wskprops_of(namespace)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(path, f"APIHOST={apihost}\nAUTH={auth}\n")
        return path

    def apihost(self) -> str:
        """Where the playground is, or was last; before the first start, where it will likely be."""
        try:
            lines = self.wskprops.read_text().splitlines()
        except FileNotFoundError:
            lines = []
        found = [line.partition("=")[2] for line in lines if line.startswith("APIHOST=")]
        return found[0] if found else f"http://127.0.0.1:{DEFAULT_PORT}"

    def write_state(self, state: dict[str, Any]) -> None:
        """Of the playground that runs, or ran last: port, pid, started (epoch ms), tls (bool), and
        LEASED."""
        write_private(self.state, json.dumps(state) + "\n")

    def read_state(self) -> dict[str, Any]:
        """Empty when there is none yet, or none that can be read."""
        try:
            state = json.loads(self.state.read_text())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def hold(self) -> int | None:
        """Take the lock for the life of this process; None when another process has it.

        The descriptor that is returned must stay open; the lock goes with it, however the
        process ends.
        """
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return descriptor

    def holder(self) -> int | None:
        """The process that has the lock, or None."""
        try:
            descriptor = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            # Shared, so that two who look do not take each other for the holder.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(descriptor, 32, 0)
            return int(text) if text.isdigit() else None
        else:
            return None
        finally:
            os.close(descriptor)


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        # Else a power cut could leave an empty file under the name of a whole one.
        os.fsync(descriptor)
    temporary.replace(path)
