from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.widgets.card_render import card_details, card_text


def test_text_is_short_and_says_where_the_rest_is(card: dict[str, Any]) -> None:
    lines = card_text(card).splitlines()
    assert lines[:2] == ["iris  [Not deployed]  to Local playground", card["signature"]]
    assert lines[2].startswith("Model           Pipeline")
    assert "✓ Same as the original: labels agree" in lines[2]
    assert "Preflight       ✓ Fits Local playground" in lines
    assert lines[-1] == "Deploy          %faas deploy iris · details: %faas show iris"
    assert len(lines) <= 8


@pytest.mark.parametrize("deployed", [False, True])
@pytest.mark.parametrize("models", [0, 1, 3])
def test_text_has_at_most_eight_lines(
    card: dict[str, Any], deployment: dict[str, Any], deployed: bool, models: int
) -> None:
    found = {
        **card,
        "models": card["models"][:1] * models,
        "deployed": {**deployment, "web_url": "http://h/web"} if deployed else None,
    }
    lines = card_text(found).splitlines()
    assert len(lines) <= 8
    assert all(lines)


def test_short_text_of_a_composition(card_composition: dict[str, Any]) -> None:
    lines = card_text(card_composition).splitlines()
    assert len(lines) <= 8
    assert lines[-1].endswith("details: %faas show asset_created")


def test_details_have_the_head_and_aligned_rows(card: dict[str, Any]) -> None:
    lines = card_details(card).splitlines()
    assert lines[0] == "iris  [Not deployed]  to Local playground"
    assert lines[1] == card["signature"]
    assert "Preflight       ✓ Fits Local playground" in lines
    assert "Checks          ✓ Package size      61.3 kB  of 48 MB" in lines
    assert "                  Cold start     measuring…" in lines
    assert lines[-1] == "Deploy          %faas deploy iris"


def test_text_has_no_command_when_it_is_deployed(
    card: dict[str, Any], deployment: dict[str, Any]
) -> None:
    for text in (card_details, card_text):
        shown = text({**card, "deployed": deployment})
        assert shown.startswith("iris v2  [Deployed]  to Local playground\n")
        assert "%faas deploy" not in shown
    assert shown.endswith("More            details: %faas show iris")
