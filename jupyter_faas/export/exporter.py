"""The nbconvert exporter: run a notebook as ``jupyter faas deploy`` does, and write its bundles."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from nbconvert.exporters.exporter import Exporter
from nbconvert.utils.exceptions import ConversionException

from jupyter_faas.errors import FaasError

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from jupyter_faas.bundle import Bundle
    from jupyter_faas.workspace.handover.project_function import ProjectFunction


class FaasExporter(Exporter):
    """An exporter that writes an index, the bundles, and a project to deploy without Jupyter.

    The files are ``<notebook>.faas.json`` (the index), ``NAME.zip`` and the directory ``NAME/`` for
    each function and composition, and ``<notebook>.faas/`` (the project). ``NAME/`` contains the
    text files of the bundle: sources, requirements and manifest. A model that is not in its bundle
    is written to ``models/<sha256>.onnx``.

    The notebook runs in a fresh kernel in its own directory, with a temporary data directory.
    """

    file_extension = ".faas.json"
    output_mimetype = "application/json"
    # This exporter runs the notebook itself, in an inert run. The preprocessor for nbconvert's
    # ``--execute`` would also execute the deploys in its cells.
    default_preprocessors: list[Any] = []  # noqa: RUF012  a trait's default, not shared state

    def from_notebook_node(  # type: ignore[override]  # nbconvert's own exporters return text too
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the index as JSON text, and the resources with the files under ``outputs``.

        Raises ConversionException with the message of the FaasError that occurred.
        """
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        metadata = resources["metadata"]
        notebook = f"{metadata['name'] or 'notebook'}.ipynb"
        # The path is empty for a notebook in the current directory, but nbconvert cannot create an
        # empty path.
        metadata["path"] = metadata["path"] or "."
        folder = Path(metadata["path"]).resolve()
        try:
            found = self._functions(nb, notebook, folder)
        except FaasError as error:
            raise ConversionException(str(error)) from error
        from jupyter_faas.workspace.handover.project import project

        files: dict[str, bytes] = {}
        entries = []
        for path, data in project(found, notebook).items():
            files[f"{notebook.removesuffix('.ipynb')}.faas/{path}"] = data
        for function in found:
            name, bundle = function.name, function.bundle
            files[f"{name}.zip"] = bundle.data
            files |= {f"models/{sha256}.onnx": onnx for sha256, onnx in function.models.items()}
            files |= {f"{name}/{path}": text for path, text in bundle.readable().items()}
            entries.append(_entry(name, bundle))
        # nbconvert prints this directory. The default, ``<notebook>_files``, would be wrong,
        # because no files are written there.
        resources["output_files_dir"] = "."
        resources["outputs"] = {**(resources.get("outputs") or {}), **files}
        index = json.dumps(
            {"notebook": notebook, "functions": entries}, indent=2, ensure_ascii=False
        )
        return f"{index}\n", resources

    def _functions(self, nb: NotebookNode, name: str, folder: Path) -> list[ProjectFunction]:
        from jupyter_faas.workspace.handover.project_function import functions_of
        from jupyter_faas.workspace.notebook import run_cells

        with TemporaryDirectory(prefix="faas-") as data_dir:
            functions = run_cells(
                nb, name=name, folder=folder, data_dir=Path(data_dir), progress=self.log.info
            )
            return functions_of([each.package for each in functions], Path(data_dir))


def _entry(name: str, bundle: Bundle) -> dict[str, Any]:
    from jupyter_faas.bundle import composition_of

    manifest, is_composition = bundle.manifest, composition_of(bundle) is not None
    return {
        "name": name,
        "signature": manifest.signature,
        "kind": manifest.kind,
        "limits": manifest.limits,
        "bundle": f"{name}.zip",
        "sha256": bundle.sha256,
        "size": len(bundle.data),
        **({"composition": True} if is_composition else {}),
        "members": [{"path": path, "size": size} for path, size, _ in bundle.members()],
    }
