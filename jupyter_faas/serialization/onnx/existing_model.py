"""Recognize objects in the notebook that are already ONNX models, and read them with weights."""

from __future__ import annotations

import glob
import os
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ConversionError

if TYPE_CHECKING:
    from onnx import ModelProto

SUFFIX = ".onnx"
# The kinds of ONNX objects. ``shipped/action/onnx_models.py`` restores the same kind in the action.
SESSION, BYTES, TEXT, PATH, PROTO = "session", "bytes", "text", "path", "proto"
# A serialized ModelProto starts with its first field, the version of the IR. Checking two bytes
# avoids parsing every bytes object in the notebook.
_IR_VERSION_TAG = b"\x08"
_MAX_IR_VERSION = 64
# protobuf's limit for a message.
_MAX_BYTES = 2**31 - 1


@dataclass(frozen=True)
class ExistingOnnxModel:
    """A model that is already ONNX in the notebook.

    ``form``: SESSION, BYTES, TEXT, PATH or PROTO. ``onnx``: the serialized model with all weights.
    ``kind``: the description on the card, for example ``ONNX file iris.onnx``.

    ``changing`` returns the code that changes such a model in the notebook.
    """

    form: str
    onnx: bytes
    kind: str

    def changing(self, name: str, change: str) -> str:
        """Return lines of Python that change the model ``name``. ``change`` sets ``changed``."""
        load, store = {
            PROTO: (name, f"{name} = changed"),
            BYTES: (f"onnx.load_from_string({name})", f"{name} = changed.SerializeToString()"),
        }.get(self.form, (f"onnx.load({name})", f"onnx.save(changed, {name})"))
        return f"import onnx\nchanged = {load}\n{change}\n{store}"


def is_onnx(obj: object) -> bool:
    """Return whether ``obj`` is an ONNX model.

    ONNX models are ModelProtos, their serialized bytes, InferenceSessions, and the paths of .onnx
    files that exist, as strings or path objects.
    """
    return _form(obj) is not None


def read_onnx(name: str, obj: Any) -> ExistingOnnxModel:
    """Read the ONNX model ``obj``, which the notebook calls ``name``.

    Weights in separate files are included. Raises ConversionError if the model or its weights
    cannot be read, or if the model is larger than 2 GB.
    """
    form = _form(obj)
    if form == PROTO:
        return ExistingOnnxModel(PROTO, _whole(name, obj, form=PROTO), "ModelProto")
    if form == BYTES:
        return ExistingOnnxModel(
            BYTES, _whole(name, _parsed(name, bytes(obj)), bytes(obj), form=BYTES), "ONNX bytes"
        )
    if form in (TEXT, PATH):
        return ExistingOnnxModel(
            str(form), _of_file(name, Path(obj), str(form)), f"ONNX file {PurePath(obj).name}"
        )
    return ExistingOnnxModel(SESSION, _of_session(name, obj), "InferenceSession")


def _form(obj: object) -> str | None:
    if isinstance(obj, (str, os.PathLike)):
        text = isinstance(obj, str)
        return (TEXT if text else PATH) if _is_file(obj) else None
    if isinstance(obj, (bytes, bytearray)):
        # A bytearray is not supported, because the action would get bytes instead.
        return BYTES if type(obj) is bytes and _holds_graph(obj) else None
    for module, kind, form in (
        ("onnx", "ModelProto", PROTO),
        ("onnxruntime", "InferenceSession", SESSION),
    ):
        # If the library is not imported, the object cannot be an instance of its class.
        model_class = getattr(sys.modules.get(module), kind, None)
        if isinstance(model_class, type) and isinstance(obj, model_class):
            return form
    return None


def _is_file(obj: str | os.PathLike[Any]) -> bool:
    try:
        return os.fspath(obj).endswith(SUFFIX) and os.path.isfile(obj)
    except (TypeError, ValueError):
        return False


def _holds_graph(data: bytes) -> bool:
    if data[:1] != _IR_VERSION_TAG or not 0 < int.from_bytes(data[1:2], "big") < _MAX_IR_VERSION:
        return False
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_from_string(data)
    except DecodeError:
        return False
    return bool(model.HasField("graph") and model.graph.output)


def _parsed(name: str, data: bytes, path: Path | None = None) -> ModelProto:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        return onnx.load_from_string(data)
    except DecodeError as error:
        raise ConversionError(
            f"{name!r} is not an ONNX model: its bytes cannot be parsed ({error}).",
            hint=f"Run the cell that writes {path.name} again." if path else "",
        ) from error


def _of_file(name: str, path: Path, form: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConversionError(
            f"The ONNX file of {name!r} cannot be read: {path} ({error.strerror}).",
            hint=f"Run the cell that writes {path.name} again.",
        ) from error
    return _whole(name, _parsed(name, data, path), data, path, form=form)


def _of_session(name: str, session: Any) -> bytes:
    # onnxruntime has no public way to get the model of a session, so private attributes are read.
    path, data = getattr(session, "_model_path", None), getattr(session, "_model_bytes", None)
    if data:
        return _whole(name, _parsed(name, bytes(data)), bytes(data), form=SESSION)
    if not path:
        raise ConversionError(
            f"{name!r} is an InferenceSession without a reference to its model.",
            hint=f"Create {name} inside the function.",
        )
    if not str(path).endswith(SUFFIX) and not os.path.isfile(path):
        raise ConversionError(
            f"{name!r} was created from {path}, which no longer exists.",
            hint=f"Run the cell that writes {PurePath(path).name} again.",
        )
    found = _of_file(name, Path(path), SESSION)
    _check_same(name, str(path), session, _parsed(name, found, Path(path)))
    return found


def _check_same(name: str, path: str, session: Any, model: ModelProto) -> None:
    """Raise ConversionError if the inputs or outputs in the file differ from the session's."""
    for what, now, then in (
        ("inputs", _read_names(model), session.get_inputs()),
        ("outputs", [output.name for output in model.graph.output], session.get_outputs()),
    ):
        if now != [each.name for each in then]:
            raise ConversionError(
                f"The file from which {name!r} was created now contains a different model: {path} "
                f"has the {what} {', '.join(now)}.",
                hint=f"Run the cell that creates {name} again.",
            )


def _read_names(model: ModelProto) -> list[str]:
    # Older versions of the IR list weights as inputs too, but a session does not.
    held = {tensor.name for tensor in model.graph.initializer}
    return [given.name for given in model.graph.input if given.name not in held]


def _whole(
    name: str,
    model: ModelProto,
    data: bytes | None = None,
    path: Path | None = None,
    *,
    form: str,
) -> bytes:
    """Return the serialized model with all its weights.

    ``data``: the serialized model, which is returned unchanged if it contains all weights.
    ``path``: the file of the model. Files with other weights are next to it. Without a file, they
    are in the current directory, where onnxruntime looks for the weights of bytes. ``form``: the
    form in which the notebook has the model. Raises ConversionError if a file is
    missing or the model is larger than 2 GB.
    """
    from onnx import external_data_helper as external

    folder = path.parent if path is not None else Path.cwd()
    tensors = [t for t in external._get_all_tensors(model) if external.uses_external_data(t)]
    for tensor in tensors:
        file = external.ExternalDataInfo(tensor).location
        if not (folder / file).is_file():
            raise ConversionError(
                f"{name!r} stores its weights in another file, {file}, which is not in "
                f"{'the current folder' if folder == Path.cwd() else folder}.",
                hint=_weights_hint(file, folder),
            )
    if tensors:
        # The size is checked first, because loading the weights takes as much memory.
        size = sum((folder / f).stat().st_size for f in {_location(t) for t in tensors})
        if size > _MAX_BYTES:
            raise ConversionError(
                f"{name!r} is {size / 1e9:.1f} GB with its weights, but ONNX files are limited to "
                "2 GB.",
                hint=_quantize_hint(name, form, path, has_files=True),
            )
        external.load_external_data_for_model(model, str(folder))
        data = None
    if data is not None:
        return data
    if model.ByteSize() > _MAX_BYTES:
        raise ConversionError(
            f"{name!r} is {model.ByteSize() / 1e9:.1f} GB, but ONNX files are limited to 2 GB.",
            hint=_quantize_hint(name, form, path, has_files=False),
        )
    serialized: bytes = model.SerializeToString(deterministic=True)
    return serialized


def _quantize_hint(name: str, form: str, path: Path | None, *, has_files: bool) -> str:
    """Return the code that replaces a model by a smaller one of the same form.

    ``has_files``: whether its weights are in other files, which are found next to a file only.
    """
    # The result is a file, too.
    load = {
        PROTO: 'onnx.load("small.onnx")',
        BYTES: 'open("small.onnx", "rb").read()',
        SESSION: 'onnxruntime.InferenceSession("small.onnx")',
        PATH: 'pathlib.Path("small.onnx")',
        TEXT: '"small.onnx"',
    }[form]
    given, store = '"large.onnx"', ""
    if path is not None:
        given = name if form in (PATH, TEXT) else repr(str(path))
    elif form == PROTO and not has_files:
        given = name
    elif form == PROTO:
        store = f"onnx.save({name}, {given})"
    else:
        data = name if form == BYTES else f"{name}._model_bytes"
        store = f'open({given}, "wb").write({data})'
    code = [
        store,
        "from onnxruntime.quantization import quantize_dynamic",
        f'quantize_dynamic({given}, "small.onnx")',
        f"{name} = {load}",
    ]
    for module in ("pathlib", "onnxruntime", "onnx"):
        if any(f"{module}." in line for line in (store, load)):
            code.insert(0, f"import {module}")
    written = "\n".join(filter(None, code))
    return f"To make the model smaller, quantize it. Run this code in a cell:\n{written}"


def _weights_hint(file: str, folder: Path) -> str:
    """Return how to bring a file of weights to ``folder``. It may be in a folder below this one."""
    for found in sorted(Path.cwd().glob(f"*/{glob.escape(PurePath(file).name)}")):
        place = os.path.relpath(folder / file)
        return (
            "To copy the file there, run this code in a cell:\nimport shutil\n"
            f"shutil.copy({os.path.relpath(found)!r}, {place!r})"
        )
    return f"Run the cell that writes {file} again."


def _location(tensor: Any) -> str:
    from onnx.external_data_helper import ExternalDataInfo

    return str(ExternalDataInfo(tensor).location)
