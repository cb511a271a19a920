from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

from jupyter_faas.cost import format_usd, plain_usd


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1647.2155625", "$1,647.22"),
        ("0.425", "$0.43"),
        ("0.415", "$0.42"),
        ("0", "$0.00"),
        ("0.0000001", "$0.0000001"),
        ("0.0099999", "$0.01"),
        ("0.00994", "$0.0099"),
        ("0.0049", "$0.0049"),
        ("0.0000004250", "$0.00000043"),
        ("0.01", "$0.01"),
        ("1234567.891", "$1,234,567.89"),
        ("-12.345", "-$12.35"),
        ("-0.001", "$0.00"),
    ],
)
def test_amounts_are_cents_rounded_half_up(amount: str, text: str) -> None:
    assert format_usd(Decimal(amount)) == text


def test_text_ignores_the_precision_a_notebook_has_set() -> None:
    with localcontext() as context:
        context.prec = 3
        assert format_usd(Decimal("3171.69697265625")) == "$3,171.70"
        assert plain_usd(Decimal("3171.69697265625")) == "3171.69697265625"


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.42500", "0.425"), ("1.70", "1.7"), ("8.5E-7", "0.00000085"), ("100", "100"), ("0", "0")],
)
def test_plain_amounts_have_no_exponent_and_no_trailing_zeros(amount: str, text: str) -> None:
    assert plain_usd(Decimal(amount)) == text
