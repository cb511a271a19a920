"""The functions of a notebook file, collected by running it in a fresh kernel without a browser.

``JUPYTER_FAAS_INERT=1`` in the kernel's environment turns the notebook's own deploys and
invocations into no-ops. The kernel uses the caller's data directory, so packages are stored there.
The notebook file is not changed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from jupyter_faas.errors import FaasError, InputError, NotebookFailed
from jupyter_faas.workspace.cell_order import run_in_order
from jupyter_faas.workspace.compositions.dependencies import in_order
from jupyter_faas.workspace.exact_json import from_exact
from jupyter_faas.workspace.naming import matching_functions
from jupyter_faas.workspace.notebook_run import Bundle, CodeCell, NotebookRun
from jupyter_faas.workspace.results import Progress, silent

DISPLAY_TYPE = "application/vnd.jupyter-faas+json"
# Some tools write notebooks that do not name a kernel. They run in ipykernel's default kernel.
_FALLBACK_KERNEL = "python3"
# The format that is read without nbformat, which takes 0.9 s to import.
_FORMAT = 4
# The time in seconds between two looks at a watched file.
_POLL_S = 0.1
# The time in seconds within which an editor finishes writing a file that it has begun.
_WRITING_S = 0.5


@dataclass(frozen=True)
class NotebookFunction:
    """A function that a notebook packaged.

    ``package``: the id of the package record.
    ``bundle``: the SHA-256 of the bundle.
    ``card``: the data of the card.
    ``selected``: False if the function is included only because a selected composition calls it.
    """

    name: str
    package: str
    bundle: str
    card: Mapping[str, Any]
    selected: bool = True


def run_notebook(
    path: Path,
    *,
    data_dir: Path,
    functions: Sequence[str] = (),
    progress: Progress = silent,
) -> tuple[NotebookFunction, ...]:
    """Run a notebook file in its own directory and return the functions that it packages.

    Functions are returned in the order of their cells, except that a composition comes after the
    functions that it calls. ``functions`` selects functions by name, with or without the package.
    Functions that selected compositions call are included as well. By default all functions are
    selected.

    Raises InputError if the file is not a notebook, if its kernel is not installed, if the notebook
    packages no function, or if a selected name does not match exactly one function. Raises
    NotebookFailed if a cell fails or the kernel ends.
    """
    return run_cells(
        read_notebook(path),
        name=path.name,
        folder=path.resolve().parent,
        data_dir=data_dir,
        functions=functions,
        progress=progress,
    )


def run_cells(
    notebook: Mapping[str, Any],
    *,
    name: str,
    folder: Path,
    data_dir: Path,
    functions: Sequence[str] = (),
    progress: Progress = silent,
) -> tuple[NotebookFunction, ...]:
    """Run a notebook that is in memory, as ``run_notebook`` does.

    ``notebook`` is in format 4. ``folder`` is the kernel's working directory.
    """
    notebook_run = _run_of(notebook, name, folder, data_dir, progress)
    cells = [cell for cell in notebook_run.cells if cell.runs]
    with notebook_run.started() as run:
        ran = list(run_in_order(cells, run, progress))
    found = _functions_of([one for _, shown in ran for one in shown])
    return _selected(found, functions, name)


@dataclass(frozen=True)
class WatchedRound:
    """What one save of a watched notebook led to.

    ``functions``: the functions that were packaged, before a cell failed.
    ``error``: the error of that cell or of the file, or None.
    ``begun``: the time at which the save was noticed, from ``time.perf_counter``.
    """

    functions: tuple[NotebookFunction, ...]
    error: FaasError | None
    begun: float


def watch_notebook(
    path: Path,
    *,
    data_dir: Path,
    functions: Sequence[str] = (),
    progress: Progress = silent,
) -> Generator[WatchedRound, None, None]:
    """Run a notebook, and then the cells that changed each time that its file is saved.

    Yields the functions that were packaged. The kernel stays, so cells that did not change, such as
    the training of a model, do not run again. Function cells below a changed cell do, because they
    may use what it defines. ``functions`` selects functions as in ``run_notebook``.

    This never ends. Close the generator to stop the kernel. Raises the errors of ``run_notebook``
    for the first run, except NotebookFailed for a cell, and NotebookFailed if the kernel ends.
    """
    notebook, folder = read_notebook(path), path.resolve().parent
    run, begun = _run_of(notebook, path.name, folder, data_dir, progress), perf_counter()
    cells, ran, first = run.cells, set[str](), True
    saved = _stamp(path)
    with run.started() as run_cell:
        while True:
            shown: list[Bundle] = []
            error: FaasError | None = None
            try:
                outdated = _outdated(cells, ran)
                ran -= {cell.source for cell in outdated}
                for cell, displayed in run_in_order(outdated, run_cell, progress):
                    shown += displayed
                    ran.add(cell.source)
            except NotebookFailed as failure:
                if isinstance(failure.__cause__, EOFError):
                    raise
                error = failure
            found = _functions_of(shown)
            if first and error is None:
                _selected(found, functions, path.name)  # so that a wrong name is an error
            first = False
            wanted = {name for each in functions for name in matching_functions(each, found)}
            chosen = (one for one in found.values() if not functions or one.name in wanted)
            yield WatchedRound(tuple(chosen), error, begun)
            while True:
                while saved == (saved := _stamp(path)):
                    time.sleep(_POLL_S)
                begun = perf_counter()
                try:
                    cells = _code_cells(read_notebook(path), path.name)
                    break
                except InputError as invalid:
                    time.sleep(_WRITING_S)
                    if saved == _stamp(path):
                        yield WatchedRound((), invalid, begun)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file is saved, or None while there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _outdated(cells: Sequence[CodeCell], ran: set[str]) -> list[CodeCell]:
    """Return the cells to run: those that changed, and the function cells below them.

    ``ran`` are the sources that the kernel has run. Those that are gone are removed, so that a cell
    that gets its earlier source again runs again. Cells are not identified by their id, because not
    all editors keep it.
    """
    ran &= {cell.source for cell in cells}
    found: list[CodeCell] = []
    for cell in cells:
        is_function = bool(found) and cell.source.lstrip().startswith("%%function ")
        if cell.runs and (is_function or cell.source not in ran):
            found.append(cell)
    return found


def _run_of(
    notebook: Mapping[str, Any], name: str, folder: Path, data_dir: Path, progress: Progress
) -> NotebookRun:
    """Return the execution of a notebook. Raises InputError as ``run_notebook`` does."""
    cells = _code_cells(notebook, name)
    kernel = _kernel_of(notebook, name)
    environment = {
        **os.environ,
        "JUPYTER_FAAS_INERT": "1",
        "JUPYTER_FAAS_DATA_DIR": str(data_dir.resolve()),
        # Jupyter servers set this variable for their kernels. Packaging reads the notebook's name
        # from this variable.
        "JPY_SESSION_NAME": str(folder / name),
    }
    count = len(notebook["cells"])
    return NotebookRun(name, kernel, cells, count, folder, environment, progress)


def _selected(
    found: Mapping[str, NotebookFunction], functions: Sequence[str], name: str
) -> tuple[NotebookFunction, ...]:
    """Return the selected functions and those that they call.

    ``name`` is the file's. Raises InputError if there is none, or a name matches not exactly one.
    """
    if not found:
        raise InputError(
            f"{name} does not contain a function to package.",
            hint="Begin a cell with %%function NAME or %%composition NAME, below a cell with "
            "%load_ext jupyter_faas.",
        )
    matches = {each: matching_functions(each, found) for each in functions}
    for each, names in matches.items():
        if len(names) > 1:
            raise InputError(
                f"{name} defines {len(names)} functions named {each!r}.",
                hint=f"Use one of these names: {', '.join(names)}.",
            )
    missing = [each for each, names in matches.items() if not names]
    if missing:
        raise InputError(
            f"{name} does not define these functions: {', '.join(missing)}.",
            hint=f"It defines: {', '.join(found)}.",
        )
    kept = {name for names in matches.values() for name in names}
    selected = [name for name in found if not functions or name in kept]
    cards = {one.name: one.card for one in found.values()}
    return tuple(replace(found[one], selected=one in selected) for one in in_order(selected, cards))


def read_notebook(path: Path) -> Mapping[str, Any]:
    """Read a notebook file in any format. Raises InputError if it is not a notebook."""
    try:
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise InputError(
            f"Cannot read {path}: {reason}.", hint="Give the path of an .ipynb file."
        ) from error
    try:
        notebook = json.loads(content)
    except RecursionError as error:
        raise InputError(
            f"{path.name} is nested too deeply.",
            hint="An output or the metadata has hundreds of levels. Clear the outputs, or remove "
            "the nested metadata.",
        ) from error
    except ValueError as error:
        raise _no_notebook(path.name, f"it is not JSON ({error})") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise _no_notebook(path.name, "it does not state its notebook format")
    return notebook if notebook["nbformat"] == _FORMAT else _converted(path.name, content)


def _converted(name: str, content: str) -> Mapping[str, Any]:
    """Return a notebook of another format in the present one."""
    import nbformat

    try:
        notebook: Mapping[str, Any] = nbformat.reads(content, as_version=_FORMAT)
    except Exception as error:  # the converters of old formats check nothing
        raise _no_notebook(name, f"{type(error).__name__}: {error}") from error
    return notebook


def _no_notebook(name: str, why: str) -> InputError:
    return InputError(f"{name} is not a notebook: {why}.", hint="Give the path of an .ipynb file.")


def _code_cells(notebook: Mapping[str, Any], name: str) -> list[CodeCell]:
    """Return the code cells. Raises InputError if a cell is damaged."""
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise _no_notebook(name, "it does not contain a list of cells")
    found = []
    for index, cell in enumerate(cells):
        kind = cell.get("cell_type") if isinstance(cell, Mapping) else None
        source = _text(cell.get("source")) if isinstance(cell, Mapping) else None
        if kind is None or source is None:
            raise InputError(
                f"Cell {index + 1} of {name} is damaged: it does not have a "
                f"{'source' if kind is not None else 'cell_type'}.",
                hint="Open the notebook in JupyterLab, delete or fix the cell, and save the "
                "notebook.",
            )
        if kind == "code":
            tags = _mapping(cell.get("metadata")).get("tags")
            words = tuple(map(str, tags)) if isinstance(tags, list) else ()
            found.append(CodeCell(index, source, str(cell.get("id") or ""), words))
    return found


def _text(source: object) -> str | None:
    """Return a cell's source, which a file may have as a list of lines."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _kernel_of(notebook: Mapping[str, Any], name: str) -> str:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    named = _mapping(_mapping(notebook.get("metadata")).get("kernelspec")).get("name")
    kernel = str(named or _FALLBACK_KERNEL)
    manager = KernelSpecManager()
    try:
        manager.get_kernel_spec(kernel)
    except NoSuchKernel as error:
        raise InputError(
            f"{name} needs the kernel {kernel!r}, which is not installed here.",
            hint=f"Installed kernels: {', '.join(sorted(manager.find_kernel_specs()))}. Choose one "
            "of them in the notebook, or install the required kernel.",
        ) from error
    return kernel


def _functions_of(displays: Sequence[Bundle]) -> dict[str, NotebookFunction]:
    found: dict[str, NotebookFunction] = {}
    for data in displays:
        card = data.get(DISPLAY_TYPE)
        if isinstance(card, str):
            card = json.loads(card)
        if isinstance(card, Mapping) and card.get("type") == "function":
            card = from_exact(card)
            # A function that is packaged again moves to the later position, as in the kernel.
            found.pop(card["name"], None)
            found[card["name"]] = NotebookFunction(
                card["name"], card["package"], card["bundle"], card
            )
    return found
