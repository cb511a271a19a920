"""What Python interpreters on this machine are, and have installed."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass

# Run by the interpreter itself. Python 3.9 or newer, standard library only. The names of folders
# tell what is installed: to read each one's metadata would take ten times as long.
_PROBE = """
import json, os, platform, sys, sysconfig
folders = [each for each in sys.path if each and os.path.isdir(each)]
installed = {}

def old(path):
    if os.path.isdir(path):
        path = os.path.join(path, "PKG-INFO")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            head = file.read(65536).split("\\n\\n")[0].splitlines()
    except OSError:
        return
    fields = dict(line.split(": ", 1) for line in head if ": " in line)
    if "Name" in fields and "Version" in fields:
        installed.setdefault(fields["Name"], fields["Version"])

for folder in folders:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        continue
    for name in names:
        if name.endswith(".dist-info"):
            distribution, _, version = name[:-len(".dist-info")].rpartition("-")
            if distribution:
                installed.setdefault(distribution, version)
        elif name.endswith(".egg-info"):
            old(os.path.join(folder, name))
info = sys.implementation.version
print(json.dumps({
    "version": platform.python_version(),
    "platform": "%s-%s" % (sys.implementation.cache_tag, sysconfig.get_platform()),
    "folders": folders,
    "installed": installed,
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": "%d.%d.%d" % info[:3],
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": "%d.%d" % sys.version_info[:2],
        "sys_platform": sys.platform,
    },
}))
"""

_PATIENCE_S = 60


@dataclass(frozen=True)
class Interpreter:
    """``version``: ``3.11.7``; ``platform``: ``cpython-311-linux-x86_64``.

    ``installed``: the version of each distribution that it can import. ``markers``: the values
    of what a requirement may depend on (``python_version``, PEP 508).
    """

    executable: str
    version: str
    platform: str
    installed: Mapping[str, str]
    markers: Mapping[str, str]


class Interpreters:
    """Looks an interpreter up once, and again when something was installed in it since."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Interpreter, dict[str, int]]] = {}
        self._looking = threading.Lock()

    def probe(self, executable: str, environment: Mapping[str, str]) -> Interpreter | None:
        """None when it cannot be run. Blocking: a moment at the first time."""
        # Who comes while another looks waits for what that finds.
        with self._looking:
            return self._probe(executable, environment)

    def _probe(self, executable: str, environment: Mapping[str, str]) -> Interpreter | None:
        known = self._known.get(executable)
        if known is not None and all(_changed(path) == when for path, when in known[1].items()):
            return known[0]
        try:
            done = subprocess.run(
                [executable, "-c", _PROBE],
                cwd="/",
                env=dict(environment),
                capture_output=True,
                timeout=_PATIENCE_S,
                check=True,
            )
            found = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError):
            return None
        interpreter = Interpreter(
            executable, found["version"], found["platform"], found["installed"], found["markers"]
        )
        times = {path: _changed(path) for path in (executable, *found["folders"])}
        self._known[executable] = interpreter, times
        return interpreter


def _changed(path: str) -> int:
    """When a file or a folder was changed last, in ns; 0 when it is not there."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
