"""Credentials that the command line tool of a host has stored, as settings of a target.

The key itself is never copied. The settings name the tool's file, which is read for each request,
so that a new login with the tool also counts here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_faas.errors import TargetNotConfigured
from jupyter_faas.whisk.profiles import profile_of


@dataclass(frozen=True)
class ToolAccount:
    """An account of which a host's tool keeps a key: its id, namespace, host and file."""

    id: str
    namespace: str
    apihost: str
    path: Path


def tool_accounts(profile: str, environ: Mapping[str, str], home: Path) -> list[ToolAccount]:
    """Return the accounts to choose from. Empty if the tool keeps the key of one account only.

    An account whose file cannot be read, or does not select a namespace, is left out.
    """
    from jupyter_faas.client import list_credentials, read_choice

    if profile_of(profile).credentials != "doctl":
        return []
    accounts = []
    for path in list_credentials(environ, home):
        try:
            chosen = read_choice(path, profile)
        except TargetNotConfigured:
            continue
        # The folder's name is a digest that does not reveal the token.
        accounts.append(ToolAccount(path.parent.name, chosen.namespace, chosen.apihost, path))
    return accounts if len(accounts) > 1 else []


def tool_credentials(
    name: str, profile: str, environ: Mapping[str, str], home: Path, doctl: str = ""
) -> dict[str, str]:
    """Return the settings by which a new target ``name`` uses the key of the host's own tool.

    ``doctl`` names doctl's file of credentials; by default it is looked for. Raises
    TargetNotConfigured if the tool has no key, and says by which command it gets one.
    """
    from jupyter_faas.client import find_credentials, read_choice, wskprops_path

    known = profile_of(profile)
    if doctl or known.credentials == "doctl":
        path = Path(doctl) if doctl else find_credentials(environ, home)
        chosen = read_choice(path, name)
        # The host and the namespace are stored, because ``doctl serverless connect`` may choose
        # another namespace later, and deploys must not follow it there unnoticed.
        return {"apihost": chosen.apihost, "namespace": chosen.namespace, "doctl": str(path)}
    path = wskprops_path(environ, home).absolute()
    if not path.exists():
        raise TargetNotConfigured(
            f"The file {path}, in which {known.tool} stores the key of {known.title}, does not "
            "exist.",
            hint=f"Log in with: {known.renew}\nOr use --wskprops FILE, or --apihost HOST with "
            "--auth-file FILE.",
        )
    return {"wskprops": str(path)}
