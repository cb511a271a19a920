from __future__ import annotations

from pathlib import Path

import jupyter_faas
from jupyter_faas.serialization.action_models import load_action_models

SHIPPED = Path(jupyter_faas.__file__).parent / "shipped" / "action" / "models.py"


def test_gate_runs_the_very_file_that_ships() -> None:
    names = {name for name in vars(load_action_models()) if not name.startswith("_")}
    assert {"Model", "load_model"} <= names
    own = [
        line.split()[1] for line in SHIPPED.read_text("utf-8").splitlines() if " import " in line
    ]
    assert not any(module.startswith("jupyter_faas") for module in own)
