"""A warning about constants in a package that look like credentials.

A name such as ``api_key`` alone does not suffice, because ``key = "species"`` is common: the value
must also look as if it were made by a machine, or the name must say plainly that it is a password.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from jupyter_faas.bundle import COMPOSITION_CELL
from jupyter_faas.errors import BundleDamaged
from jupyter_faas.workspace.preflight.report import Check

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle

# Files with the code of the notebook.
_SOURCES = ("function.py", "captured.py", COMPOSITION_CELL)
_PASSWORD = re.compile(r"passw(or)?d|passphrase|(^|_)pwd$", re.IGNORECASE)
_KEY = re.compile(
    r"api_?key|secret|token|credential|private_?key|access_?key|auth_?key|client_?key|bearer",
    re.IGNORECASE,
)
# Forms of keys that their issuers document: AWS, GitHub, GitLab, Slack, OpenAI and Anthropic,
# Google, Hugging Face, DigitalOcean, Stripe, JSON web tokens, PEM files, passwords in URLs.
_FORMS = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20,}"
    r"|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|AIza[\w-]{35}|hf_[A-Za-z0-9]{30,}"
    r"|do[fopt]_v1_\w{16,}|[rs]k_live_\w{16,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/@\s:]+:[^/@\s]+@"
)
_SHORTEST_PASSWORD, _SHORTEST_KEY = 4, 12
# A placeholder that the user replaces, or a reference to a variable.
_PLACEHOLDER = re.compile(r"[<{$(\[].*|\W*|x+|\*+|your[_ -].*|.*example.*|changeme|todo", re.I)


def credentials_check(bundle: Bundle) -> Check | None:
    """Return a warning that names the constants which look like credentials, or None.

    The values are not shown.
    """
    names: dict[str, None] = {}
    for path in _SOURCES:
        # Only these members are unpacked, because wheels may be large. A damaged zip is reported
        # when it is deployed.
        with suppress(KeyError, BundleDamaged):
            source = bundle.read(path).decode("utf-8", "replace")
            names |= dict.fromkeys(credential_names(source))
    if not names:
        return None
    listed = ", ".join(names)
    first = next((name for name in names if name.isidentifier()), "API_KEY").upper()
    verb = "looks like a credential" if len(names) == 1 else "look like credentials"
    return Check(
        "Credentials",
        listed,
        "readable in the package",
        warn=True,
        says=f"{listed} {verb}, and anyone with the package can read the code",
        hint=f"Store the value as a secret (%faas secret set {first}), add --secret {first} to the "
        f'cell\'s first line, and read os.environ["{first}"] in the code.',
    )


def credential_names(source: str) -> Iterator[str]:
    """Yield the names of string constants in Python source that look like credentials."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    named: set[int] = set()
    for node in ast.walk(tree):
        for name, value in _bindings(node):
            named.add(id(value))
            if looks_like_credential(name, str(value.value)):
                yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if id(node) not in named and _FORMS.search(text) and not _in_docstring(text):
                yield "a text"


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
    """Yield the names and the string constants that a node binds to them."""
    pairs: list[tuple[str, ast.AST | None]] = []
    if isinstance(node, ast.Assign):
        pairs = [(_name(target), node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign):
        pairs = [(_name(node.target), node.value)]
    elif isinstance(node, ast.keyword):
        pairs = [(node.arg or "", node.value)]
    elif isinstance(node, ast.Dict):
        pairs = [
            (str(key.value), value)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        ]
    elif isinstance(node, ast.arguments):
        plain = [*node.posonlyargs, *node.args]
        defaults = [*zip(plain[len(plain) - len(node.defaults) :], node.defaults, strict=True)]
        defaults += [
            (one, default)
            for one, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
            if default is not None
        ]
        pairs = [(one.arg, default) for one, default in defaults]
    for name, value in pairs:
        if name and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield name, value


def _name(target: ast.AST) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return ""


def looks_like_credential(name: str, value: str) -> bool:
    """Return whether the value of a constant or a variable looks like a password or key."""
    if _FORMS.search(value):
        return True
    if _PLACEHOLDER.fullmatch(value) or any(map(str.isspace, value)):
        return False
    if _PASSWORD.search(name):
        return len(value) >= _SHORTEST_PASSWORD
    # A word is no key: ``token = "unknown"``, ``secret_name = "database-password"``.
    looks_random = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return bool(_KEY.search(name)) and len(value) >= _SHORTEST_KEY and looks_random


def _in_docstring(value: str) -> bool:
    # Examples in docstrings are prose with line breaks. A PEM file has line breaks as well.
    return "\n" in value.strip() and "PRIVATE KEY" not in value
