"""What a cell asks of its models, against what answers for them in an action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.errors import ConversionError

if TYPE_CHECKING:
    from jupyter_faas.capture import CapturedFunction
    from jupyter_faas.serialization import ConversionHelper, ModelArtifact
    from jupyter_faas.workspace.request import PackageRequest


def check_asked(
    model: ModelArtifact,
    captured: CapturedFunction,
    request: PackageRequest,
    helper: ConversionHelper,
) -> None:
    """Refuse what the cell asks of the model and its stand-in would fail at, in the action."""
    lacks = model.spec["lacks"]
    for attribute in sorted(captured.asked[model.name] & set(lacks)):
        why = next(item.why for item in captured.items if item.name == model.name)
        reason = str(lacks[attribute])
        hint = f"It answers {', '.join(model.spec['methods'])}."
        value = getattr(captured.models[model.name], attribute, None)
        if isinstance(value, int | float | str) or type(value).__module__ == "numpy":
            hint += f" A plain value travels by itself: {attribute} = {model.name}.{attribute}"
        # Nobody trains in an action, though the estimator itself could.
        if not model.skops and not attribute.startswith(("fit", "partial_fit")):
            live = captured.models[model.name]
            way_out = helper.way_out(model.name, live, sample=request.sample)
            hint = "\n".join(filter(None, (hint, way_out)))
        form = "skops" if model.skops else "ONNX"
        raise ConversionError(
            f"{model.name}.{attribute} is not in the {form} form{reason and f' ({reason})'}: "
            f"{model.name} is {why}.",
            hint=hint,
        )
