"""The worked examples are those of the research that the lists come from, to the cent and beyond.

``3891 MB, 25.5 s`` is the talk's call, ``256 MB, 120 ms`` a short one. What cannot run there has
a price too: it is what the same memory and time would be charged.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from jupyter_faas.cost import PriceLists, format_usd, load_price_list
from jupyter_faas.errors import InputError

LISTS = PriceLists()


def digits(amount: Decimal, places: str) -> str:
    return str(amount.quantize(Decimal(places)))


@pytest.mark.parametrize(
    ("name", "long", "short"),
    [
        ("openwhisk", "0.00164722", "8.500E-7"),
        ("aws-lambda-x86", "0.00161512", "7.000E-7"),
        ("aws-lambda-arm", "0.00129214", "6.000E-7"),
        ("google-gen1", "0.00147940", "0.000001325"),
        ("google-run", "0.00146664", "0.0000013266"),
        ("azure-consumption", "0.00158120", "6.800E-7"),
        ("azure-flex", "0.00265240", "0.000013400"),
        ("digitalocean", "0.00179256", "5.550E-7"),
    ],
)
def test_one_warm_call_costs_what_was_worked_out(name: str, long: str, short: str) -> None:
    prices = LISTS.get(name)
    assert prices.cost_usd(3891, 25_500).quantize(Decimal("1e-8")) == Decimal(long)
    assert prices.cost_usd(256, 120).quantize(Decimal("1e-10")) == Decimal(short).quantize(
        Decimal("1e-10")
    )


def test_lambda_is_charged_by_the_millisecond_and_per_request() -> None:
    x86, arm = LISTS.get("aws-lambda-x86"), LISTS.get("aws-lambda-arm")
    assert x86.cost_usd(256, 120) == Decimal("7.00001e-7")
    assert arm.cost_usd(256, 120) == Decimal("6.00002e-7")
    assert x86.billed_ms(1) == 1
    # Since August 2025 a cold start's time is charged as any other.
    cold = x86.cost_usd(256, 120 + 480)
    assert cold == Decimal("0.25") * Decimal("0.6") * Decimal("0.0000166667") + Decimal("2e-7")


@pytest.mark.parametrize(
    ("memory_mb", "price"),
    [
        (128, "2.31e-7"),
        (256, "4.63e-7"),
        (512, "9.25e-7"),
        (1024, "1.650e-6"),
        (2048, "2.900e-6"),
        (4096, "5.800e-6"),
        (8192, "6.800e-6"),
    ],
)
def test_google_gen1_charges_by_size(memory_mb: int, price: str) -> None:
    prices = LISTS.get("google-gen1")
    fee = Decimal("4e-7")
    for size in (memory_mb, memory_mb // 2 + 1):
        found = prices.cost_usd(size, 100) - fee
        # The source cuts half a unit of the last place off, or rounds it up.
        assert abs(found - Decimal(price)) <= Decimal("5.1e-10")
    assert prices.billed_ms(260) == 300


def test_cloud_run_charges_the_cpu_apart(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text('[lists.one]\nbased_on = "google-run"\nlabel = "One vCPU"\ncpu = "1"\n')
    one = load_price_list("one", own)
    assert digits(one.cost_usd(3891, 25_500), "1.00000000") == "0.00085464"
    assert one.cost_usd(256, 120) == Decimal("5.325e-6")
    assert LISTS.get("google-run").cost_usd(256, 120) == Decimal("1.3266e-6")


def test_azure_charges_what_was_used() -> None:
    prices = LISTS.get("azure-consumption")
    assert prices.billed_mb(1024, 130) == 256
    assert prices.cost_usd(1024, 120, used_mb=256) == Decimal("6.8e-7")
    # The most that it can be: 1,536 MB.
    assert digits(prices.cost_usd(1536, 25_500), "1.00000000") == "0.00061220"
    assert prices.billed_mb(3891) == 3968
    assert prices.billed_ms(1) == 100
    assert prices.billed_ms(101) == 101


@pytest.mark.parametrize(
    ("name", "largest"),
    [
        ("azure-consumption", 1536),
        ("digitalocean", 1024),
        ("google-gen1", 8192),
        ("aws-lambda-x86", 10240),
        ("azure-flex", 4096),
    ],
)
def test_what_is_too_large_is_told(name: str, largest: int) -> None:
    prices = LISTS.get(name)
    assert prices.runs(largest)
    assert not prices.runs(largest + 1)


def test_digitalocean_takes_the_free_tier_off_as_its_page_does() -> None:
    prices = LISTS.get("digitalocean")
    month = prices.monthly(mb_ms=512 * 100 * 10_000_000, cpu_ms=Decimal(0), calls=10_000_000)
    assert month == Decimal("7.585")
    assert format_usd(month) == "$7.59"
    # Its upper bound, in whole steps of 100 ms.
    assert prices.cost_usd(256, 200) == Decimal("9.25e-7")


def test_openwhisk_takes_the_free_tier_off_as_its_page_did() -> None:
    month = LISTS.get("openwhisk").monthly(
        mb_ms=256 * 500 * 5_000_000, cpu_ms=Decimal(0), calls=5_000_000
    )
    assert month == Decimal("3.825")


def test_lambda_takes_requests_off_too() -> None:
    prices = LISTS.get("aws-lambda-x86")
    assert prices.monthly(mb_ms=1, cpu_ms=Decimal(0), calls=1_000_000) == 0
    assert prices.monthly(mb_ms=1, cpu_ms=Decimal(0), calls=3_000_000) == Decimal("0.4")


@pytest.mark.parametrize(
    ("name", "memory_mb", "vcpus"),
    [
        ("aws-lambda-x86", 256, "0.145"),
        ("aws-lambda-x86", 3891, "2.200"),
        ("google-gen1", 128, "0.083"),
        ("google-gen1", 4096, "2.000"),
        ("google-run", 256, "0.167"),
        ("google-run", 3891, "2.000"),
    ],
)
def test_cpu_comes_with_memory(name: str, memory_mb: int, vcpus: str) -> None:
    found = LISTS.get(name).vcpus(memory_mb)
    assert found is not None
    assert digits(found, "1.000") == vcpus


def test_nothing_ties_cpu_to_memory_on_openwhisk() -> None:
    assert LISTS.get("openwhisk").vcpus(256) is None
    assert LISTS.get("azure-consumption").vcpus(256) is None


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("fargate-quarter", "$9.01"),
        ("fargate-1", "$36.04"),
        ("fargate-2", "$72.08"),
        ("t3-small", "$15.18"),
        ("t3-medium", "$30.37"),
        ("droplet-512", "$4.00"),
        ("app-platform-512", "$5.00"),
        ("cloud-run-half", "$49.93"),
        ("cloud-run-4", "$68.33"),
        ("cloud-run-2-4", "$115.63"),
    ],
)
def test_always_on_costs_what_was_worked_out(name: str, month: str) -> None:
    assert format_usd(LISTS.get_always_on(name).usd_per_month) == month


def test_always_on_less_its_free_tier() -> None:
    found = LISTS.get_always_on("cloud-run-half")
    assert format_usd(found.usd_per_month - found.usd_off_per_month) == "$44.71"


def test_what_is_always_on_must_have_the_memory() -> None:
    names = [found.name if (found := LISTS.fitting(mb)) else None for mb in (256, 2048, 3891, 9000)]
    assert names == ["droplet-512", "t3-small", "t3-medium", None]


def test_every_number_has_its_source() -> None:
    for prices in LISTS.all():
        facts = prices.to_json()["facts"]
        assert {"usd_per_gb_second", "step_ms", "usd_per_million_requests"} <= set(facts)
        for fact in facts.values():
            assert fact["source"].startswith("http")
            assert fact["sure"] in ("A", "B", "C", "M")
            assert fact["as_of"].startswith("2026-")


def test_the_default_list_is_of_a_service_that_exists() -> None:
    prices = load_price_list()
    assert (prices.name, prices.sure) == ("digitalocean", "A")
    assert "closed" not in prices.label


def test_a_least_duration_is_told_with_the_steps() -> None:
    assert LISTS.get("digitalocean").summary() == (
        "DigitalOcean Functions: $0.0000185 per GB-s, 1 ms steps, at least 100 ms"
    )


def test_a_list_is_told_in_a_line() -> None:
    assert LISTS.get("openwhisk").summary() == (
        "IBM Cloud Functions (2018, closed): $0.000017 per GB-s, 100 ms steps"
    )


# -- the user's own ------------------------------------------------------------------------------


def test_a_key_of_the_users_wins(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text('[lists.openwhisk]\nusd_per_gb_second = "0.00002"\nlabel = "Ours"\n')
    prices = load_price_list("openwhisk", own)
    assert (prices.label, prices.step_ms) == ("Ours", 100)
    assert prices.per_million(1024, 1000) == 20


def test_no_file_of_the_users_is_fine(tmp_path: Path) -> None:
    assert load_price_list("openwhisk", tmp_path / "prices.toml") == LISTS.get("openwhisk")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[lists.mine]\n", r"prices\.toml: lists\.mine\.label is missing"),
        ("[lists.openwhisk]\nstep_ms = 0\n", r"openwhisk\.step_ms must be a whole number"),
        (
            "[lists.openwhisk]\nusd_per_gb_second = 0.1\n",
            r"usd_per_gb_second must be a non-negative number in q",
        ),
        (
            '[lists.openwhisk]\nusd_per_gb_second = "NaN"\n',
            r"usd_per_gb_second must be a non-negative number",
        ),
        ('[lists.openwhisk]\nspeed = "fast"\n', r"speed is 'fast', but must be one of same"),
        ("[lists.openwhisk]\nstep = 5\n", r"openwhisk\.step is not a known key"),
        (
            '[lists.openwhisk]\nbased_on = "x"\n',
            r"based_on refers to 'x', which does not exist or is based on this table",
        ),
        ("[lists.openwhisk]\nsizes = 5\n", r"sizes must be a list such as"),
        ('[lists.openwhisk]\nsure = "Z"\n', r"sure must be one of A, B, C, M"),
        (
            '[lists.openwhisk]\nusd_per_cpu_second = "1"\n',
            r"has no effect unless sizes or cpu is also set",
        ),
        (
            '[lists.openwhisk]\nstep_ms = { value = 5, day = "x" }\n',
            r"step_ms\.day is not a valid key",
        ),
        ("lists = 5\n", r"lists must be tables"),
        ("[openwhisk]\n", r"unknown table openwhisk"),
        ("[lists", r"is not valid TOML"),
        ('[always_on.mine]\nvcpus = "1"\n', r"always_on\.mine\.label is missing"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(text)
    with pytest.raises(InputError, match=message) as raised:
        PriceLists(own)
    assert str(own) in raised.value.message


def test_lists_that_are_based_on_each_other(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text('[lists.a]\nbased_on = "b"\n[lists.b]\nbased_on = "a"\n')
    with pytest.raises(InputError, match="which does not exist or is based on this table"):
        PriceLists(own)


def test_something_always_on_of_the_users(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        '[always_on.ours]\nbased_on = "droplet-512"\nlabel = "Our box"\nusd_per_month = "1.5"\n'
    )
    cheapest = PriceLists(own).fitting(512)
    assert cheapest is not None
    assert (cheapest.label, cheapest.usd_per_month) == ("Our box", Decimal("1.5"))
    with pytest.raises(InputError, match="'theirs'"):
        LISTS.get_always_on("theirs")
