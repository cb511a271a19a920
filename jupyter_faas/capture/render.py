"""The generator of captured.py: imports, loaded files, constants and definitions."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_faas.capture.attribute_reads import ONLY_ATTRIBUTES
from jupyter_faas.capture.captured_names import CapturedName, definition_order, is_whole_array
from jupyter_faas.capture.context import CaptureContext
from jupyter_faas.capture.values.circles import COMPLETED, COMPLETED_TEXT
from jupyter_faas.capture.values.instances import RESTORED, RESTORED_TEXT


def render(
    name: str,
    entries: Mapping[str, CapturedName],
    context: CaptureContext,
    *,
    future_annotations: bool,
    cell_file: str = "function.py",
) -> str:
    """Return the text of captured.py: loaded files, imports, constants, then definitions.

    The names that captured.py itself needs, such as ``load_model``, are imported first. If the
    notebook uses the same name, the notebook's value therefore replaces the import.
    """
    blocks = [
        f"# Generated: the objects that {name} uses from its notebook. The cell itself is "
        f"in {cell_file}."
    ]
    if future_annotations:
        blocks.append("from __future__ import annotations")
    if backend := context.modules.keras_backend():
        # Keras reads this variable when it is imported. The notebook may have set it in a cell.
        environ = f"{context.library('os')}.environ"
        setting = f'{environ}.setdefault("KERAS_BACKEND", "{backend}")'
        blocks.append(f"{context.library_import('os')}\n{setting}")
    blocks += _loaded(entries, context)
    # A dictionary removes repeated lines and keeps the order. With a set, the bytes of the package
    # would differ from run to run.
    imports = dict.fromkeys(
        line for entry in _of(entries, "import") for line in entry.text.splitlines()
    )
    blocks.append("\n".join(imports))
    # Constants that need a class or a function are written later, among the definitions.
    plain = [
        entry
        for entry in _of(entries, "constant")
        if not entry.needs_now and f"{RESTORED}(" not in entry.text
    ]
    blocks.append("\n".join(entry.text for entry in plain))
    # Models and data objects that hold the notebook's code are loaded among the definitions, after
    # that code.
    definitions = {
        entry.name: entry
        for entry in _of(entries, "function", "class", "constant", "object", "model", "data")
        if entry not in plain and (entry.kind not in ("model", "data") or entry.text)
    }
    text = "\n\n".join(block for block in blocks if block) + "\n"
    if any(f"{RESTORED}(" in entry.text + entry.filling for entry in definitions.values()):
        text += f"\n\n{RESTORED_TEXT}\n"
    text += "".join(f"\n\n{definitions[key].text}\n" for key in _order(definitions))
    if any(f"{COMPLETED}(" in entry.filling for entry in entries.values()):
        text += f"\n\n{COMPLETED_TEXT}\n"
    filled = [entry.filling for entry in entries.values() if entry.filling]
    return text + "".join(f"\n\n{one}" for one in filled)


def _order(definitions: Mapping[str, CapturedName]) -> list[str]:
    # A rebuilt function also binds the name in its ``def`` (``leaves``). The function must come
    # before the entry with that name, because otherwise it would overwrite the entry.
    left = {entry.leaves: name for name, entry in definitions.items() if entry.leaves}
    return definition_order(
        {
            key: {*entry.needs_now, *([left[key]] if left.get(key, key) != key else [])}
            for key, entry in definitions.items()
        },
        {key: entry.needs_later for key, entry in definitions.items()},
    )


def _of(entries: Mapping[str, CapturedName], *kinds: str) -> list[CapturedName]:
    return [entry for entry in entries.values() if entry.kind in kinds]


def _loaded(entries: Mapping[str, CapturedName], context: CaptureContext) -> list[str]:
    models, arrays = _of(entries, "model"), _of(entries, "array")
    helpers = []
    if arrays:
        # An array named ``Path`` would replace the class that is used to load the next array.
        path = "Path" if "Path" not in entries or entries["Path"].kind == "import" else "Path_"
        helpers.append("from pathlib import Path" + ("" if path == "Path" else f" as {path}"))
        folder = f'{path}(__file__).parent / "data"'
    libraries = {library for entry in entries.values() for library in entry.libraries}
    libraries |= {"numpy"} if arrays else set()
    # numpy comes first, as in earlier versions, so that packages keep their sha256.
    ordered = sorted(libraries, key=lambda one: (one != "numpy", one))
    helpers += map(context.library_import, ordered)
    objects = _of(entries, "data")
    used = ["load_data"] if objects else []
    if any(f"{ONLY_ATTRIBUTES}(" in entry.text for entry in entries.values()):
        used.append(ONLY_ATTRIBUTES)
    if used:
        helpers.append(f"from faas_data import {', '.join(used)}")
    if models:
        helpers.append("from faas_models import load_model")
    lines = [
        f'{entry.name} = load_model("{entry.same_as or entry.name}")'
        for entry in models
        if not entry.text
    ]
    # The memory that arrays share is loaded first.
    for entry in sorted(arrays, key=lambda one: bool(one.text)):
        file = f'{folder} / "{entry.name}.npy"'
        scalar = "" if is_whole_array(entry.value) else "[()]"
        load = f"{context.library('numpy')}.load"
        whole = f"{entry.name} = {load}({file}, allow_pickle=False){scalar}"
        lines.append(entry.text or whole)
        # A function that changes such an array fails, as in the notebook.
        if is_whole_array(entry.value) and not entry.value.flags.writeable:  # type: ignore[attr-defined]  # is an array
            lines.append(f"{entry.name}.flags.writeable = False")
    lines += [f'{entry.name} = load_data("{entry.name}")' for entry in objects if not entry.text]
    return ["\n".join(helpers), "\n".join(lines)]
