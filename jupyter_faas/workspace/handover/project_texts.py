"""The README.md and the GitHub Actions workflow of an exported project."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from jupyter_faas.installation import MODELS, NAME, origin
from jupyter_faas.version import __version__
from jupyter_faas.workspace.handover.wsk_commands import wsk_commands

if TYPE_CHECKING:
    from jupyter_faas.workspace.handover.project_function import ProjectFunction
    from jupyter_faas.workspace.handover.web_actions import WebAction
    from jupyter_faas.workspace.handover.wskdeploy import Variable


def readme(
    functions: list[ProjectFunction],
    notebook: str,
    variables: Sequence[Variable],
    web: Sequence[WebAction],
) -> str:
    """Return the README.md of a project."""
    title = notebook.removesuffix(".ipynb")
    blocks = [
        f"# {title}",
        "Functions for Apache OpenWhisk, exported from the notebook "
        f"`{notebook}`{_commits(functions)}. They can be deployed and called without Jupyter and "
        "without the notebook.",
        "## Functions",
        "\n".join(_rows(functions)),
        *_deploying(variables, functions),
        *_calling(functions, web),
        "## Deploy from the notebook",
        "`ci/deploy.yml` is a GitHub Actions workflow for the repository that contains "
        f"`{notebook}`. It runs the notebook without a browser and deploys its functions, so that "
        "you do not have to export them again.",
    ]
    return "\n\n".join(blocks) + "\n"


def _commits(functions: list[ProjectFunction]) -> str:
    found = sorted({function.record.commit for function in functions if function.record.commit})
    return f" (commit {', '.join(found)})" if found else ""


def _rows(functions: list[ProjectFunction]) -> Iterator[str]:
    yield "| Name | What it does | Runs in | Memory | Timeout |"
    yield "|---|---|---|---|---|"
    for function in functions:
        record, manifest = function.record, function.bundle.manifest
        kind = f"image {record.image}" if record.image else record.kind
        called = f"`{_cell(manifest.signature or record.name)}`"
        words = _cell(_prose(str(function.annotations.get("description", ""))))
        if function.composition:
            words = f"{words} A composition." if words else "A composition."
        yield (
            f"| `{record.name}` | {called} {words} | {kind} | {record.memory_mb} MB "
            f"| {record.timeout_ms / 1000:g} s |"
        )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'").replace("\n", " ")


def _prose(text: str) -> str:
    """Escape Markdown, so that a docstring is displayed as it was written."""
    return re.sub(r"([\\*_<>&\[\]~#!])", r"\\\1", text).replace("\\&", "&amp;")


def _deploying(variables: Sequence[Variable], functions: list[ProjectFunction]) -> Iterator[str]:
    yield "## Deploy"
    if variables:
        yield (
            "Some values are not in this folder, because they may be secret or depend on where "
            "you deploy. Before you deploy, set these environment variables. Write the values "
            "marked JSON as JSON."
        )
        yield "\n".join(
            [
                "| Variable | Meaning | Format |",
                "|---|---|---|",
                *(
                    f"| `{each.name}` | `{each.function}`: {_cell(each.means)} "
                    f"| {'JSON' if each.is_json else ''} |"
                    for each in variables
                ),
            ]
        )
    yield (
        "Deploy the functions with [wskdeploy](https://github.com/apache/openwhisk-wskdeploy), "
        "which reads the host and the key from `~/.wskprops`, as `wsk` does:"
    )
    yield "```bash\nwskdeploy --manifest manifest.yaml\n```"
    commands, without = wsk_commands(functions)
    if commands:
        yield "Or deploy them with `wsk`:"
        yield f"```bash\n{commands}\n```"
        if any(not each.is_json and not each.key for each in variables):
            yield (
                "`wsk` parses values that are valid JSON, and interprets backslashes in other "
                "values. For these commands, set the variable of a string such as `12` or "
                '`C:\\temp` to its JSON form, including the quotes: `"12"` or `"C:\\\\temp"`.'
            )
        if without:
            yield (
                "`wsk` alone cannot deploy compositions that contain other actions: "
                f"{', '.join(f'`{name}`' for name in without)}. Use wskdeploy for these."
            )
    if any(function.models for function in functions):
        yield (
            "Models that are not in a zip are in `models/`, named by their sha256. Upload the "
            "models to a server from which the functions can download them, and set the "
            "variables of the models to the URLs."
        )


def _calling(functions: list[ProjectFunction], web: Sequence[WebAction]) -> Iterator[str]:
    yield "## Call"
    if functions:
        yield f"```bash\nwsk action invoke {functions[0].name} --result --param …\n```"
    if web:
        paths = ", ".join(f"`/api/v1/web/NAMESPACE/{each.path}`" for each in web)
        yield (
            "These web actions can also be called over HTTP, at these paths on the host: "
            f"{paths}. `openapi.json` describes them (OpenAPI 3.1). Code generators can "
            "create a client from this file, for example `openapi-python-client generate --path "
            "openapi.json`."
        )


def workflow(functions: list[ProjectFunction], notebook: str) -> str:
    """Return a GitHub Actions workflow for the repository that has the notebook."""
    # The workflow packages the notebook again, so it uses the same versions of Python and
    # requirements as the packaging here.
    python = ".".join(functions[0].bundle.manifest.python.split(".")[:2]) if functions else "3"
    pins = sorted(
        {
            f"{each['name']}=={each['version']}"
            for function in functions
            for each in function.bundle.manifest.requirements
        }
    )
    own, comment = _own_requirement(
        MODELS if any(each.bundle.manifest.models for each in functions) else ""
    )
    install = shlex.join([*own, *pins])
    file = shlex.quote(notebook)
    return f"""\
# Deploys the functions of {notebook} on each push to the branch main. Copy this file into
# .github/workflows of the repository that contains the notebook, and add two secrets to the
# repository: OPENWHISK_APIHOST and OPENWHISK_AUTH (uuid:key).
name: Deploy functions
on:
  push:
    branches: [main]
  workflow_dispatch:

jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      OPENWHISK_APIHOST: ${{{{ secrets.OPENWHISK_APIHOST }}}}
      OPENWHISK_AUTH: ${{{{ secrets.OPENWHISK_AUTH }}}}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "{python}"
{comment}      # Also install the other libraries that the notebook imports.
      - run: pip install {install}
      - run: jupyter faas target add ci --apihost "$OPENWHISK_APIHOST" --auth-env OPENWHISK_AUTH
      - run: jupyter faas deploy {file} --target ci
"""


def _own_requirement(extra: str) -> tuple[list[str], str]:
    """Return the requirement of jupyter_faas on another machine, and a comment about it."""
    found = origin()
    if found.elsewhere:
        return found.arguments(extra), ""
    wheel = f"./{NAME}-{__version__}-py3-none-any.whl"
    comment = (
        f"      # {NAME} is not in a package index. Commit its wheel to this repository. To build "
        "it,\n      # run `pip wheel --no-deps .` in its source folder.\n"
    )
    return [f"{wheel}[{extra}]" if extra else wheel], comment
