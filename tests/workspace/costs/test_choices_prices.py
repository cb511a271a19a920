from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.costs.choices import PriceListSetting
from jupyter_faas.workspace.settings import Settings


@pytest.fixture
def prices(tmp_path: Path) -> PriceListSetting:
    return PriceListSetting(Settings(tmp_path), tmp_path)


def test_the_product_chooses_a_list_until_the_user_does(
    prices: PriceListSetting, tmp_path: Path
) -> None:
    # Not IBM's, which closed in 2024.
    assert prices.get().name == "digitalocean"
    assert prices.choose("aws-lambda-arm").label == "AWS Lambda arm64"
    assert prices.get().name == prices.get_or_default().name == "aws-lambda-arm"
    assert PriceListSetting(Settings(tmp_path), tmp_path).get().name == "aws-lambda-arm"
    assert prices.get("openwhisk").name == "openwhisk"


def test_a_choice_leaves_the_other_settings_alone(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.choose_target("wskprops")
    PriceListSetting(settings, tmp_path).choose("google-run")
    assert (settings.target(), settings.prices()) == ("wskprops", "google-run")


def test_an_unknown_list_is_not_chosen(prices: PriceListSetting) -> None:
    with pytest.raises(InputError, match="Unknown price list 'lambada'"):
        prices.choose("lambada")
    assert prices.get().name == "digitalocean"


def test_the_users_file_is_read_anew(prices: PriceListSetting) -> None:
    assert prices.get().label == "DigitalOcean Functions"
    prices.file.write_text('[lists.digitalocean]\nlabel = "Ours"\n')
    assert prices.get().label == "Ours"
    prices.file.unlink()
    assert prices.get().label == "DigitalOcean Functions"


def test_a_mistake_in_the_users_file_hides_no_run(prices: PriceListSetting) -> None:
    prices.file.write_text("[lists.digitalocean]\nstep_ms = 0\n")
    with pytest.raises(InputError, match=r"prices\.toml: lists\.digitalocean\.step_ms"):
        prices.get()
    assert prices.get_or_default().step_ms == 1


def test_runs_are_shown_by_the_chosen_list(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path, target="playground")
    workspace.prices.choose("aws-lambda-x86")
    assert workspace._services.price_list.name == "aws-lambda-x86"
    assert Workspace.open(tmp_path)._services.price_list.name == "aws-lambda-x86"
