"""The layout of a function's package.

__main__.py                   entry point (shipped/action/action_main.py, or model_store_main.py
                              if models must be downloaded first)
faas_action.py                action_main.py, if __main__.py is model_store_main.py
function.py                   the cell, with its magic line as a comment
captured.py                   definitions that the function uses from its notebook
faas_environment.py           sets environment variables (--env)
faas_parameters.py, faas_results.py           check parameters, convert results to JSON
faas_library_values.py        convert results of pandas, pydantic and the standard library
faas_objects.py               make frames, dates and objects of classes from parameters
faas_models.py, faas_ready.py, faas_estimators.py    load models: converted sklearn models, other
                              ONNX models, skops archives; each only if it is needed
faas_model_inputs.py          checks and converts the rows that converted sklearn models receive
faas_sparse_rows.py           results of models that are scipy matrices in the notebook
faas_store.py, faas_download.py               fetch models from a model store
faas_data.py, faas_data_libraries.py          load data objects, such as frames
faas_images.py, faas_image_download.py, jupyter_faas.py     read and write images
models/NAME.onnx, .skops, .json               each model and its description
data/NAME.npy                 arrays
data/NAME.json, .npz, …       data objects: a description, its arrays, and files of libraries
requirements.txt              pinned versions, from which OpenWhisk builds a virtual environment
manifest.json                 the manifest, which ``archive.pack`` writes
all other paths               files of --include, and files of wheels (--vendor)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType
from typing import Any

from jupyter_faas.bundle.members import RESERVED, is_safe
from jupyter_faas.bundle.model_files import model_reference
from jupyter_faas.errors import BundleError

# These modules are imported by the entry point. A module may import the modules listed before it.
GLUE: Mapping[str, str] = MappingProxyType(
    {
        "faas_parameters": "action/parameters.py",
        "faas_library_values": "action/library_values.py",
        "faas_results": "action/results.py",
    }
)
# The entry point also imports these modules if a parameter or the result is an image.
IMAGES: Mapping[str, str] = MappingProxyType(
    {"faas_image_download": "action/image_download.py", "faas_images": "action/images.py"}
)
# The entry point imports this module if a parameter is a frame, a date or a class of the notebook.
OBJECTS: Mapping[str, str] = MappingProxyType({"faas_objects": "action/objects.py"})
# captured.py imports the first of these modules if the function uses data objects.
DATA = ("faas_data", "faas_data_libraries")
# These modules are imported by the entry point of a composition.
CONDUCTOR: Mapping[str, str] = MappingProxyType(
    {
        "faas_conductor_values": "conductor/conductor_values.py",
        "faas_conductor_host": "conductor/conductor_host.py",
    }
)
# These modules download models from a model store.
_STORE_FILES: Mapping[str, str] = MappingProxyType(
    {"faas_store.py": "action/model_store.py", "faas_download.py": "action/model_download.py"}
)


@dataclass(frozen=True)
class FunctionFiles:
    """The content of a function's package, as plain data.

    ``cell_text`` is the cell with its magic line. Anyone who has the package can read it, so it
    must not contain parameter values. ``models`` maps each model name to ONNX bytes and a
    description for the object that replaces the model. ``estimators`` maps each estimator name to
    a skops archive and a description. ``arrays`` maps each name to the bytes of an .npy file.
    ``data`` maps the names of the files of data objects to their contents. ``includes`` maps
    relative paths to file contents. ``requirements`` maps distributions to versions. ``stored``
    contains the names of models that are in a model store; the package contains only their
    descriptions, with sha256 and size. ``images`` is true when the function reads or creates
    images. ``objects`` is true when objects are made of its parameters. ``variables`` are
    environment variables with their values, which anyone who has the package can read.
    """

    cell_text: str
    captured_source: str
    models: Mapping[str, tuple[bytes, Mapping[str, Any]]] = field(default_factory=dict)
    estimators: Mapping[str, tuple[bytes, Mapping[str, Any]]] = field(default_factory=dict)
    arrays: Mapping[str, bytes] = field(default_factory=dict)
    data: Mapping[str, bytes] = field(default_factory=dict)
    includes: Mapping[str, bytes] = field(default_factory=dict)
    requirements: Mapping[str, str] = field(default_factory=dict)
    stored: frozenset[str] = frozenset()
    images: bool = False
    objects: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


def shipped_text(name: str) -> str:
    """Return the text of the file ``name`` in the ``shipped`` directory."""
    # The file is read as a resource and not imported, because its code runs only in an action.
    return (resources.files("jupyter_faas") / "shipped" / name).read_text("utf-8")


def lay_out(
    function: FunctionFiles, shipped: Callable[[str], str] = shipped_text
) -> dict[str, bytes]:
    """Return the members of the package by path, without the manifest.

    Raises BundleError when an included file would replace one of the package's own files, or when
    its path is outside the package.
    """
    files = {
        "__main__.py": shipped("action/action_main.py").encode(),
        **{f"{module}.py": shipped(file).encode() for module, file in GLUE.items()},
        "function.py": function_text(function.cell_text).encode(),
        "captured.py": function.captured_source.encode(),
    }
    if function.variables:
        files["faas_environment.py"] = _environment_text(function.variables).encode()
        # A module that captured.py imports may read the variables when it is imported.
        files["captured.py"] = _with_environment(function.captured_source).encode()
    if function.images:
        files |= image_files(shipped)
    if function.objects:
        files |= {f"{module}.py": shipped(file).encode() for module, file in OBJECTS.items()}
    # captured.py always imports models from ``faas_models``. If the function has ONNX models and
    # estimators, ``faas_models`` loads the ONNX models and calls ``faas_estimators``.
    if function.models:
        files["faas_models.py"] = shipped("action/models.py").encode()
    if any("form" not in description for _, description in function.models.values()):
        files["faas_model_inputs.py"] = shipped("action/model_inputs.py").encode()
    if any("form" in description for _, description in function.models.values()):
        files["faas_ready.py"] = shipped("action/onnx_models.py").encode()
    if any(_returns_sparse(description) for _, description in function.models.values()):
        files["faas_sparse_rows.py"] = shipped("action/sparse_rows.py").encode()
    if function.estimators:
        loader = "faas_estimators.py" if function.models else "faas_models.py"
        files[loader] = shipped("action/estimators.py").encode()
    # Stored models must be downloaded before captured.py loads them, so the download module
    # becomes the entry point.
    if function.stored:
        files["faas_action.py"] = files["__main__.py"]
        files["__main__.py"] = shipped("action/model_store_main.py").encode()
        files |= {path: shipped(name).encode() for path, name in _STORE_FILES.items()}
    for models, ending in ((function.models, "onnx"), (function.estimators, "skops")):
        for name, (data, description) in models.items():
            if name in function.stored:
                description = {**description, "stored": model_reference(data)}
            else:
                files[f"models/{name}.{ending}"] = data
            text = json.dumps(description, ensure_ascii=False, sort_keys=True, indent=1)
            files[f"models/{name}.json"] = f"{text}\n".encode()
    files |= data_members(function.captured_source, function.data, shipped)
    add_user_files(files, function.arrays, function.includes, function.requirements)
    return files


def _environment_text(variables: Mapping[str, str]) -> str:
    values = "".join(f"    {name!r}: {value!r},\n" for name, value in sorted(variables.items()))
    return (
        "# Generated: the environment variables of --env, with their values in the notebook.\n"
        f"import os\n\nos.environ.update({{\n{values}}})\n"
    )


def _with_environment(captured: str) -> str:
    """Return captured.py with an import that sets the variables first."""
    lines = captured.splitlines(keepends=True)
    # The first line is a comment, after which Python allows only imports from __future__.
    at = next((n + 1 for n, line in enumerate(lines) if line.startswith("from __future__")), 1)
    return "".join((*lines[:at], "\nimport faas_environment\n", *lines[at:]))


def _returns_sparse(description: Mapping[str, Any]) -> bool:
    """Return whether a method of the model returns a scipy matrix in the notebook."""
    rules = description.get("methods", {}).values()
    return any("sparse" in rule or "of_sparse" in rule for rule in rules)


def data_members(
    captured_source: str, data: Mapping[str, bytes], shipped: Callable[[str], str]
) -> dict[str, bytes]:
    """Return the files of data objects and the modules that load them, by path."""
    files = {f"data/{name}": content for name, content in data.items()}
    if f"from {DATA[0]} import" in captured_source:
        files |= {
            f"{module}.py": shipped(f"action/{module.removeprefix('faas_')}.py").encode()
            for module in DATA
        }
    return files


def image_files(shipped: Callable[[str], str]) -> dict[str, bytes]:
    """Return the modules that handle images, by path, including a small jupyter_faas.py."""
    files = {f"{module}.py": shipped(file).encode() for module, file in IMAGES.items()}
    return {**files, "jupyter_faas.py": shipped("action/jupyter_faas_shim.py").encode()}


def add_user_files(
    files: dict[str, bytes],
    arrays: Mapping[str, bytes],
    includes: Mapping[str, bytes],
    requirements: Mapping[str, str],
) -> None:
    """Add the user's arrays, included files and requirements to ``files``.

    The parameters have the same meaning as in FunctionFiles. Raises BundleError under the same
    conditions as ``lay_out``.
    """
    for name, array in arrays.items():
        files[f"data/{name}.npy"] = array
    for path, data in includes.items():
        if path.split("/")[0] in RESERVED or path in files or not is_safe(path):
            raise BundleError(
                f"The included file {path} has a name that is reserved, already used in the "
                "package, or not valid on every system.",
                hint=f"Rename the file or its folder, such as my_{path}",
            )
        files[path] = data
    if requirements:
        # requirements.txt is written only when it is needed, because OpenWhisk's Python runtime
        # builds a virtual environment even if the file is empty.
        files["requirements.txt"] = requirements_text(requirements).encode()


def add_vendored(files: Mapping[str, bytes], wheels: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return ``files`` together with ``wheels``, the files from wheels.

    The files from wheels are at the root of the package, from which Python imports them.
    requirements.txt is omitted, because the runtime would install the same distributions again.
    Raises BundleError when a file from a wheel has an unsafe path or conflicts with another file
    or directory of the package.
    """
    kept = {path: data for path, data in files.items() if path != "requirements.txt"}
    # Top-level names must differ, because a user's directory would hide a library of the same name.
    taken = {path.split("/")[0] for path in kept} | RESERVED
    for path in wheels:
        top = path.split("/")[0]
        if path in kept or top in taken or not is_safe(path):
            # The names of generated files cannot be changed.
            yours = top in taken and top not in RESERVED
            rename = f"Rename your file or folder {top}, or use" if yours else "Use"
            raise BundleError(
                f"The file {path} of a requirement conflicts with another file in the package.",
                hint=f"{rename} an image that contains the requirement: --image NAME",
            )
    return {**kept, **wheels}


def function_text(cell_text: str) -> str:
    """Return the text of function.py: the cell, with its magic line turned into a comment.

    Leading empty lines are dropped, so that line numbers are the same as in IPython.

    >>> function_text("%%function iris --sample X\\ndef iris():\\n    return {}")
    '# %%function iris --sample X\\ndef iris():\\n    return {}\\n'
    """
    lines = cell_text.split("\n")
    while len(lines) > 1 and not lines[0].strip():
        # IPython drops leading empty lines before it numbers the lines.
        del lines[0]
    if lines[0].lstrip().startswith("%%"):
        lines[0] = f"# {lines[0].strip()}"
    text = "\n".join(lines)
    return text if text.endswith("\n") else f"{text}\n"


def requirements_text(requirements: Mapping[str, str]) -> str:
    """Return the text of requirements.txt, with pinned and sorted requirements.

    A local version such as ``2.1.0+cpu`` is pinned as ``2.1.0``, because package indexes do not
    contain local versions. An installed ``2.1.0+cpu`` satisfies this pin.
    """
    pins = sorted(
        (f"{name}=={version.partition('+')[0]}" for name, version in requirements.items()),
        key=str.lower,
    )
    return "".join(f"{pin}\n" for pin in pins)
