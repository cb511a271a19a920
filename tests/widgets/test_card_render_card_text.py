from __future__ import annotations

from typing import Any

from jupyter_faas.widgets.card_render import card_text


def test_text_has_the_head_and_aligned_rows(card: dict[str, Any]) -> None:
    lines = card_text(card).splitlines()
    assert lines[0] == "iris  [Not deployed]  to Local playground"
    assert lines[1] == card["signature"]
    assert "Preflight       ✓ Fits Local playground" in lines
    assert "Checks          ✓ Package size      61.3 kB  of 48 MB" in lines
    assert "                  Cold start     measuring…" in lines
    assert lines[-1] == "Deploy          %faas deploy iris"


def test_text_has_no_command_when_it_is_deployed(
    card: dict[str, Any], deployment: dict[str, Any]
) -> None:
    text = card_text({**card, "deployed": deployment})
    assert text.startswith("iris v2  [Deployed]  to Local playground\n")
    assert "%faas deploy" not in text
