"""Functions that create conductors for JavaScript functions with npm's OpenWhisk Composer."""

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
# This script reads a syntax tree and prints the data that npm's `compose` and `deploy` would
# create. Composer's own parser accepts only primitive combinators, so other combinators are built
# by calling their functions. The code is deployed in a zip, which must export the main function.
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
    """The output of npm Composer, with the ``document`` of ``compose`` and the conductor's code."""

    document: dict[str, Any]
    code: str


def find_npm_composer(root: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the directory of npm Composer, or None if Composer or ``node`` is not installed.

    Composer is searched for in ``node_modules`` of ``root`` and of its parent directories, and then
    among the global commands.
    """
    if shutil.which("node", path=environ.get("PATH")) is None:
        return None
    return next(filter(_is_composer, _candidate_folders(root, environ)), None)


def make_conductor(
    package: Path, tree: Mapping[str, Any], name: str, environ: Mapping[str, str]
) -> JavaScriptConductor:
    """Compile a syntax tree with npm Composer in the directory ``package``.

    Composer runs without an API key and does not send requests. ``node`` is looked up on the
    ``PATH`` in ``environ``. Raises CompositionError with Composer's message if compilation fails.
    """
    given = json.dumps({"tree": tree, "name": name})
    made = json.loads(
        _run_node(["-e", _SCRIPT, str(package)], name, environ, cwd=package, given=given)
    )
    return JavaScriptConductor(made["document"], made["code"])


def compile_file(package: Path, source: Path, environ: Mapping[str, str]) -> str:
    """Return the JSON that ``compose`` of npm Composer in ``package`` writes for a JavaScript file.

    The file runs in ``node``, without an API key. Raises CompositionError with Composer's message
    if it fails.
    """
    # The file finds Composer where ``find_npm_composer`` found it, also if that is global.
    own = {**environ, "NODE_PATH": str(package.parent)}
    words = [str(package / "bin" / "compose.js"), str(source)]
    return _run_node(words, source.name, environ, cwd=source.parent, own=own)


def _run_node(
    words: list[str],
    name: str,
    environ: Mapping[str, str],
    *,
    cwd: Path,
    given: str = "",
    own: Mapping[str, str] | None = None,
) -> str:
    """Run npm Composer in ``node`` and return its output.

    ``name`` is what it compiles, for messages. ``given`` is its standard input, and ``own`` its
    environment, or None for that of this process. Raises CompositionError if it fails.
    """
    node = shutil.which("node", path=environ.get("PATH")) or "node"
    try:
        ran = subprocess.run(
            [node, *words],
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TIMEOUT_S,
            env=own,
            cwd=cwd,
            check=False,
        )
    except OSError as error:
        raise CompositionError(
            f"npm Composer could not compile {name}, because {node} cannot be run: "
            f"{error.strerror}.",
            hint="Install Node.js again, and try again.",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CompositionError(
            f"npm Composer did not finish compiling {name} within {_TIMEOUT_S:.0f} s. Its code "
            "may contain an endless loop."
        ) from error
    if ran.returncode:
        raise CompositionError(
            f"npm Composer rejected {name}: {_words(ran.stderr)}",
            hint="If the composition is correct, install the latest version of npm Composer next "
            f"to the notebook or file ({INSTALL}) and try again.",
        )
    return ran.stdout


def _candidate_folders(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    for folder in (root, *root.parents):
        yield folder / "node_modules" / PACKAGE
    # Global commands link into the package, whose directory depends on npm's configuration.
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
    """Return the error message in node's output, without the stack trace."""
    found = _ERROR.search(stderr)
    return found[0] if found else stderr.strip().rpartition("\n")[2] or "no reason given"
