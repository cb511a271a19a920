"""A workflow for GitHub Actions that deploys the notebook itself, headless. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_faas.workspace.handover.project import ProjectFunction


def workflow(functions: list[ProjectFunction], notebook: str) -> str:
    """The text of a workflow for the repository that has the notebook."""
    python = ".".join(functions[0].bundle.manifest.python.split(".")[:2]) if functions else "3"
    pins = sorted(
        {
            f"{each['name']}=={each['version']}"
            for function in functions
            for each in function.bundle.manifest.requirements
        }
    )
    install = shlex.join(["jupyter_faas", *pins])
    file = shlex.quote(notebook)
    return f"""\
# Deploys the functions of {notebook} whenever it changes. Copy this file into .github/workflows
# of the repository with the notebook, and give the repository two secrets: OPENWHISK_APIHOST and
# OPENWHISK_AUTH (uuid:key).
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
      # And whatever else the notebook imports.
      - run: pip install {install}
      - run: jupyter faas target add ci --apihost "$OPENWHISK_APIHOST" --auth-env OPENWHISK_AUTH
      - run: jupyter faas deploy {file} --target ci
"""
