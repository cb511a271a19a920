"""Composition cells as a notebook runs them, packaged and deployed for the tests."""

from __future__ import annotations

import ast
from typing import Any

from jupyter_faas import composer
from jupyter_faas.composer import Composition
from jupyter_faas.workspace import Packaged, Workspace
from tests.capture.helpers.notebook import Notebook
from tests.workspace.helpers.requests import composition_request, function_request


class ComposingNotebook(Notebook):
    """One that packages into a workspace; the combinators are there as after an import."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.packages: dict[str, str] = {}
        self.namespace |= {name: getattr(composer, name) for name in composer.__all__}

    def node(self, body: str) -> Composition:
        """The value of the cell's last expression, as the magic has it."""
        tree = ast.parse(body)
        last = tree.body[-1]
        assert isinstance(last, ast.Expr)
        lines = body.split("\n")
        lines[last.lineno - 1] = f"_ = {lines[last.lineno - 1]}"
        # The text is kept as it ran, so that functions are found in it.
        self.run("\n".join(lines), first_line=2)
        found: Composition = self.namespace["_"]
        return found

    def compose(self, name: str, body: str, **options: Any) -> Packaged:
        """Run and package a ``%%composition`` cell."""
        options.setdefault("notebook", "flow.ipynb")
        request = composition_request(
            cell_text=f"%%composition {name}\n{body}",
            name=name,
            notebook_functions=dict(self.packages),
            **options,
        )
        made = self.workspace.package_composition(request, self.node(body), self.namespace)
        self.packages[made.record.name] = made.record.id
        return made

    def function(self, name: str, body: str) -> Packaged:
        """Run and package a ``%%function`` cell."""
        self.run(body, first_line=2)
        request = function_request(f"%%function {name}\n{body}", name, clean_room=False)
        made = self.workspace.package(request, self.namespace)
        self.packages[name] = made.record.id
        return made
