"""docs/cost.md: its file is read, its lists are those there are. Its lines run in test_pages."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from jupyter_faas.cost import PriceLists
from tests.project.test_package import ROOT

PAGE = (ROOT / "docs" / "cost.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)


def test_the_file_is_read(tmp_path: Path) -> None:
    (text,) = (text for kind, text in BLOCKS if kind == "toml")
    file = tmp_path / "prices.toml"
    file.write_text(text)
    lists = PriceLists(file)
    assert lists.get("digitalocean").usd_per_gb_second == Decimal("0.000015")
    ours = lists.get("ours")
    assert (ours.cpu, ours.usd_per_million_requests) == (Decimal(1), Decimal("0.30"))
    assert ours.usd_per_cpu_second == lists.get("google-run").usd_per_cpu_second
    assert lists.get_always_on("box").usd_per_month == 25


def test_every_list_is_told() -> None:
    told = re.findall(r"^\| (`[^|]+`) \|", PAGE, re.MULTILINE)
    names = [name for cell in told for name in re.findall(r"`([^`]+)`", cell)]
    assert names == [each.name for each in PriceLists().all()]
