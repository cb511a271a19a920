"""The tiers of AWS Lambda: PRICES.md, §1."""

from __future__ import annotations

from decimal import Decimal, localcontext
from pathlib import Path

import pytest

from jupyter_faas.cost import PriceLists
from jupyter_faas.cost.usage import Charge
from jupyter_faas.errors import InputError

LISTS = PriceLists()
BILLION = 10**9
# MB times ms in a GB-s.
GB_S = 1024 * 1000


@pytest.mark.parametrize(
    ("name", "billions", "usd"),
    [
        ("aws-lambda-x86", "1", "16666.7"),
        ("aws-lambda-x86", "6", "100000.2"),
        ("aws-lambda-x86", "7", "115000.2"),
        ("aws-lambda-x86", "15", "235000.2"),
        ("aws-lambda-x86", "16", "248333.6"),
        ("aws-lambda-arm", "7.5", "100000.5"),
        ("aws-lambda-arm", "18.75", "235001.625"),
        ("aws-lambda-arm", "19.75", "245668.325"),
        ("openwhisk", "20", "340000"),
    ],
)
def test_a_months_gb_seconds_by_their_volume(name: str, billions: str, usd: str) -> None:
    prices = LISTS.get(name)
    used = Decimal(billions) * BILLION
    assert prices.memory_of_month(used) == Decimal(usd)
    charge = Charge(mb_ms=int(used) * GB_S)
    with localcontext() as context:
        context.prec = 3
        month = charge.cost_of_month(prices)
    assert month == Decimal(usd)


def test_the_free_tier_goes_before_the_volume() -> None:
    prices = LISTS.get("aws-lambda-x86")
    month = prices.monthly(
        mb_ms=(6 * BILLION + 400_000 + 1_000_000) * GB_S, cpu_ms=Decimal(0), calls=1_000_000
    )
    assert month == Decimal("100015.2")


def test_requests_and_cpu_have_no_volume() -> None:
    prices = LISTS.get("google-run")
    charge = Charge(mb_ms=GB_S, cpu_ms=Decimal(1000), billed_ms=1000, calls=1_000_000)
    assert charge.cost_of_month(prices) == charge.cost(prices) == Decimal("0.4000265")


def test_every_number_has_its_source() -> None:
    volume = LISTS.get("aws-lambda-arm").to_json()["volume"]
    assert volume[0] == {"from_gb_seconds": 7_500_000_000, "usd_per_gb_second": "0.0000120001"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("volume = 3", r"lists\.x\.volume must be an array of tables"),
        ("[[lists.x.volume]]\nfrom_gb_seconds = 5", r"lists\.x\.volume\[0\]\.usd_per_gb_second is"),
        (
            "[[lists.x.volume]]\nfrom_gb_seconds = 5\nusd_per_gb_second = '1'\n"
            "[[lists.x.volume]]\nfrom_gb_seconds = 5\nusd_per_gb_second = '1'",
            r"volume\[1\]\.from_gb_seconds must be a whole number of at least 6",
        ),
        (
            "[[lists.x.volume]]\nfrom_gb_seconds = 5\nusd_per_gb_second = '1'\nfree = 1",
            r"volume\[0\]\.free is not a known key",
        ),
    ],
)
def test_a_wrong_volume_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(f'[lists.x]\nbased_on = "openwhisk"\n{text}\n')
    with pytest.raises(InputError, match=said):
        PriceLists(file)
