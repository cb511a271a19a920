from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from jupyter_faas.serialization.helper.worker import unload_user_modules


def test_edited_module_is_new_and_installed_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    seen = []
    for text in ("value = 1", "value = 'another'"):
        (tmp_path / "of_a_user.py").write_text(text)
        with unload_user_modules():
            seen.append(importlib.import_module("of_a_user").value)
            importlib.import_module("packaging.licenses")
        assert "of_a_user" not in sys.modules
    assert seen == [1, "another"]
    assert "packaging.licenses" in sys.modules
