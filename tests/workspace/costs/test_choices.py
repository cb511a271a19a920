"""What is a budget, and where it is kept."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.costs.choices import BudgetSetting, read_amount
from jupyter_faas.workspace.settings import Settings


@pytest.mark.parametrize(
    ("words", "amount"),
    [("20", "20.00"), ("20.5", "20.50"), ("$20", "20.00"), (" 0.01 ", "0.01"), ("0", "0.00")],
)
def test_an_amount(words: str, amount: str) -> None:
    found = read_amount(words)
    assert found is not None
    assert f"{found:f}" == amount


def test_none_is_no_budget() -> None:
    assert read_amount("none") is read_amount("None") is None


@pytest.mark.parametrize(
    "words", ["", "x", "-5", "1,000", "1.234", "1e3", "NaN", "20 EUR", "1234567890", "٣", 20, True]
)
def test_no_amount_is_named(words: object) -> None:
    with pytest.raises(InputError, match="amount in USD, not") as caught:
        read_amount(words)
    assert repr(words) in caught.value.message
    assert "20.50" in caught.value.hint


def test_each_target_has_its_own(tmp_path: Path) -> None:
    budgets = BudgetSetting(Settings(tmp_path))
    assert budgets.get("playground") is None
    budgets.put("playground", Decimal("20.00"))
    budgets.put("lab", Decimal("5.50"))
    kept = json.loads((tmp_path / "settings.json").read_text())
    assert kept == {"budgets": {"playground": "20.00", "lab": "5.50"}}
    assert BudgetSetting(Settings(tmp_path)).get("lab") == Decimal("5.5")
    budgets.put("playground", None)
    assert (budgets.get("playground"), budgets.get("lab")) == (None, Decimal("5.5"))


@pytest.mark.parametrize("kept", ['{"budgets": 5}', '{"budgets": {"playground": "much"}}', "["])
def test_what_a_hand_has_spoiled_is_no_budget(tmp_path: Path, kept: str) -> None:
    (tmp_path / "settings.json").write_text(kept)
    assert BudgetSetting(Settings(tmp_path)).get("playground") is None
