"""The origin of a package, which is the git commit of the notebook and the user's name."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40,64}(-dirty)?")
# A large repository or a slow disk must not delay a cell for long.
_PATIENCE_S = 1.0


def commit_of(folder: Path) -> str | None:
    """Return the current commit of the repository that contains ``folder``, or None.

    If there are local changes, ``-dirty`` is appended. Returns None outside a repository, before
    the first commit, without git, and if git is too slow.
    """
    head = _git(folder, "rev-parse", "--verify", "HEAD")
    if head is None:
        return None
    # ``describe --dirty`` compares every file and may time out. In that case, return only the
    # commit.
    return _git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") or head


def _git(folder: Path, *words: str) -> str | None:
    """Run git and return the commit that it prints, or None if git fails or times out."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *words],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            stdin=subprocess.DEVNULL,
            # Without this variable, git would lock the index to refresh it, and a git command of
            # the user could fail. The fsmonitor option above prevents git from starting a daemon.
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    found = done.stdout.strip()
    return found if done.returncode == 0 and _COMMIT.fullmatch(found) else None


def user_name(environ: Mapping[str, str]) -> str:
    """Return the user's name in JupyterHub, or else the login name on this machine."""
    if environ.get("JUPYTERHUB_USER"):
        return environ["JUPYTERHUB_USER"]
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container, the user id may not have a name
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown"
