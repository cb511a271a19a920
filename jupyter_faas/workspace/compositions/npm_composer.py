"""Run npm's OpenWhisk Composer, if installed, to create conductors for JavaScript functions."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_faas.errors import CompositionError

PACKAGE = "openwhisk-composer"
INSTALL = f"npm install {PACKAGE}"
_TIMEOUT_S = 60.0
# Reads a syntax tree and writes the output of npm's `compose` and `deploy` for it. Composer's own
# parser accepts only primitive combinators, so the others are built by calling their functions. The
# code is deployed in a zip, where Node.js requires the main function to be exported.
_SCRIPT = """
const composer = require(process.argv[1])
const conductor = require(process.argv[1] + '/conductor')
const parts = {
  if: ['test', 'consequent', 'alternate'],
  while: ['test', 'body'],
  dowhile: ['body', 'test'],
  try: ['body', 'handler'],
  finally: ['body', 'finalizer']
}
function made (node) {
  const make = composer[node.type]
  const names = parts[node.type.replace('_nosave', '')]
  if (names) return make(...names.map(name => made(node[name])))
  if ('value' in node) return make(node.value)
  if (['action', 'function'].includes(node.type)) return composer.parse(node)
  if (!node.components) return make()
  const first = ['declarations', 'count'].filter(name => name in node).map(name => node[name])
  return make(...first, ...node.components.map(made))
}
const { tree, name } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const document = made(tree).compile()
const action = conductor.generate(Object.assign({ name }, document)).action
const code = action.exec.code + '\\n\\nexports.main = main\\n'
process.stdout.write(JSON.stringify({ document, code }))
"""
_ERROR = re.compile(r"^\w*Error\b.*: .+$", re.MULTILINE)


@dataclass(frozen=True)
class JavaScriptConductor:
    """Output of npm Composer: the ``document`` of ``compose``, and the conductor's code."""

    document: dict[str, Any]
    code: str


def find_npm_composer(root: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the folder of npm Composer, or None when it or ``node`` is not installed.

    It is searched in ``node_modules`` of ``root`` and of the folders above, then globally.
    """
    if shutil.which("node", path=environ.get("PATH")) is None:
        return None
    return next(filter(_is_composer, _candidate_folders(root, environ)), None)


def make_conductor(
    package: Path, tree: Mapping[str, Any], name: str, environ: Mapping[str, str]
) -> JavaScriptConductor:
    """Compile a syntax tree with npm Composer, which has no key and sends nothing.

    ``environ`` has the PATH with ``node``. Raises CompositionError with Composer's message.
    """
    node = shutil.which("node", path=environ.get("PATH")) or "node"
    try:
        ran = subprocess.run(
            [node, "-e", _SCRIPT, str(package)],
            input=json.dumps({"tree": tree, "name": name}),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TIMEOUT_S,
            cwd=package,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CompositionError(
            f"npm Composer made no conductor of {name}: {error}.", hint=f"Try it: {INSTALL}"
        ) from error
    if ran.returncode:
        raise CompositionError(
            f"npm Composer does not take {name}: {_words(ran.stderr)}",
            hint=f"It is tried with OpenWhisk Composer 0.12: {INSTALL}",
        )
    made = json.loads(ran.stdout)
    return JavaScriptConductor(made["document"], made["code"])


def _candidate_folders(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    for folder in (root, *root.parents):
        yield folder / "node_modules" / PACKAGE
    # Global commands are links into the package. Its folder depends on npm's configuration.
    for name in ("compose", "deploy"):
        command = shutil.which(name, path=environ.get("PATH"))
        if command is not None:
            yield Path(command).resolve().parent.parent


def _is_composer(folder: Path) -> bool:
    try:
        described = json.loads((folder / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(described, dict) and described.get("name") == PACKAGE


def _words(stderr: str) -> str:
    """Return the error message that node printed, without the stack trace."""
    found = _ERROR.search(stderr)
    return found[0] if found else stderr.strip().rpartition("\n")[2] or "no reason given"
