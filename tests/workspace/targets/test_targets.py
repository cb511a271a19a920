from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import certifi
import pytest

from jupyter_faas.errors import InputError, TargetNotConfigured, TargetNotReachable
from jupyter_faas.whisk import SystemLimits
from jupyter_faas.whisk.kinds import RUNTIMES, runtimes_json
from jupyter_faas.workspace.settings import Settings
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from jupyter_faas.workspace.targets.targets import Targets
from tests.client.helpers.server import Answer, Asked, closed_port, serving

AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64

Make = Callable[..., Targets]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(environ: dict[str, str] | None = None, pinned: str | None = None) -> Targets:
        data_dir = tmp_path / "faas"
        return Targets(data_dir, Settings(data_dir), environ or {}, tmp_path / "home", pinned)

    return make


def write_wskprops(folder: Path, url: str) -> None:
    (folder / "home").mkdir(exist_ok=True)
    (folder / "home" / ".wskprops").write_text(f"APIHOST={url}\nAUTH={AUTH}\n")


def openwhisk(asked: Asked) -> Answer:
    if asked.path == "/":
        limits = SystemLimits(max_memory=2048).info_json()
        return Answer(body={"limits": limits, "runtimes": runtimes_json(RUNTIMES)})
    return Answer(body=["team"])


def test_the_playground_is_the_target_unless_another_is_chosen(make: Make) -> None:
    assert make().current() == "playground"
    make().settings.choose_target("wskprops")
    assert make().current() == "wskprops"
    assert make({"JUPYTER_FAAS_TARGET": "lab"}).current() == "lab"
    assert make({"JUPYTER_FAAS_TARGET": "lab"}, "playground").current() == "playground"


def test_a_choice_holds_against_the_environment(make: Make, tmp_path: Path) -> None:
    write_wskprops(tmp_path, "https://lab.example")
    targets = make({"JUPYTER_FAAS_TARGET": "playground"})
    targets.use("wskprops")
    assert targets.current() == "wskprops"
    assert make().current() == "wskprops"


def test_a_target_that_is_not_configured_cannot_be_chosen(make: Make) -> None:
    with pytest.raises(TargetNotConfigured, match=r"no file .*\.wskprops"):
        make().use("wskprops")
    with pytest.raises(TargetNotConfigured, match=r"Unknown target 'moon'\.\n.*playground"):
        make().use("moon")
    assert make().current() == "playground"


def test_the_playground_can_be_chosen_before_its_first_start(make: Make) -> None:
    make().use("playground")
    assert make().current() == "playground"


def test_a_playground_that_never_started_is_stopped(make: Make) -> None:
    (state,) = make().states()
    assert (state.name, state.label, state.state) == ("playground", "Local playground", "stopped")
    assert state.apihost == ""


def test_other_targets_are_unknown_until_asked(make: Make, tmp_path: Path) -> None:
    write_wskprops(tmp_path, "https://lab.example")
    playground, wskprops = make().states()
    assert playground.name == "playground"
    assert (wskprops.label, wskprops.state, wskprops.apihost) == (
        "lab.example",
        "unknown",
        "https://lab.example",
    )


def test_a_target_in_use_that_is_not_configured_says_what_is_missing(make: Make) -> None:
    state = make(pinned="wskprops").checked_state()
    assert state.state == "unreachable"
    assert "there is no file" in state.message
    assert "wsk property set" in state.hint
    assert state in make(pinned="wskprops").states()


def test_a_broken_wskprops_file_is_listed_with_what_is_wrong(make: Make, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".wskprops").write_text("APIHOST=lab.example\n")
    assert "has no AUTH" in make().states()[1].message


def test_a_target_that_answers_is_reachable_and_tells_its_limits(
    make: Make, tmp_path: Path
) -> None:
    with serving(openwhisk) as host:
        write_wskprops(tmp_path, host.url)
        targets = make(pinned="wskprops")
        assert targets.cached_info() is None
        state = targets.checked_state()
        assert (state.state, state.namespace, state.message) == ("reachable", "team", "")
        info = targets.cached_info()
        assert info is not None
        assert info.limits.max_memory == 2048
        assert targets.state("wskprops").namespace == "team"


def test_a_target_that_is_down_is_unreachable(make: Make, tmp_path: Path) -> None:
    write_wskprops(tmp_path, f"http://127.0.0.1:{closed_port()}")
    state = make(pinned="wskprops").checked_state()
    assert state.state == "unreachable"
    assert "is not reachable" in state.message
    assert state.hint


def test_a_key_that_is_not_accepted_is_unauthorized(make: Make, tmp_path: Path) -> None:
    def script(asked: Asked) -> Answer:
        if asked.path == "/":
            return openwhisk(asked)
        return Answer(401, {"error": "The supplied authentication is invalid"})

    with serving(script) as host:
        write_wskprops(tmp_path, host.url)
        state = make(pinned="wskprops").checked_state()
    assert state.state == "unauthorized"
    assert "kkkk" not in str(state)


def test_a_stopped_playground_is_not_started_by_reading(make: Make) -> None:
    with pytest.raises(TargetNotReachable, match=r"not running\.\n.*playground start"):
        make().connect()


def test_one_client_serves_all_calls(make: Make, tmp_path: Path) -> None:
    write_wskprops(tmp_path, "https://lab.example")
    targets = make(pinned="wskprops")
    assert targets.connect() is targets.connect()


def test_a_changed_file_makes_a_new_client(make: Make, tmp_path: Path) -> None:
    write_wskprops(tmp_path, "https://lab.example")
    targets = make(pinned="wskprops")
    before = targets.connect()
    write_wskprops(tmp_path, "https://other.example")
    assert targets.connect() is not before
    assert targets.connect().client.target.apihost == "https://other.example"


@pytest.mark.parametrize(("value", "insecure"), [("1", True), ("0", False), ("", False)])
def test_insecure_comes_from_the_environment(
    make: Make, tmp_path: Path, value: str, insecure: bool
) -> None:
    write_wskprops(tmp_path, "https://lab.example")
    target = make({"JUPYTER_FAAS_INSECURE": value}).resolve("wskprops")
    assert target.insecure is insecure


def test_the_ca_comes_from_the_environment(make: Make, tmp_path: Path) -> None:
    write_wskprops(tmp_path, "https://lab.example")
    target = make({"JUPYTER_FAAS_CA": certifi.where()}).resolve("wskprops")
    assert target.ca == Path(certifi.where())


def test_a_ca_of_the_environment_that_is_missing_is_told(make: Make, tmp_path: Path) -> None:
    write_wskprops(tmp_path, "https://lab.example")
    state = make({"JUPYTER_FAAS_CA": str(tmp_path / "ca.pem")}).state("wskprops")
    assert "ca.pem cannot be read" in state.message


@pytest.mark.parametrize(("scheme", "insecure"), [("https", True), ("http", False)])
def test_insecure_is_shown_where_there_is_a_certificate(
    make: Make, tmp_path: Path, scheme: str, insecure: bool
) -> None:
    write_wskprops(tmp_path, f"{scheme}://lab.example")
    state = make({"JUPYTER_FAAS_INSECURE": "1"}).state("wskprops")
    assert state.insecure is insecure
    assert state.to_json()["insecure"] is insecure


@pytest.fixture
def lab() -> TargetSettings:
    return TargetSettings("lab", apihost="https://lab.example", auth_variable="LAB_AUTH")


def test_a_target_that_was_added_is_listed_and_can_be_chosen(
    make: Make, lab: TargetSettings
) -> None:
    make({"LAB_AUTH": AUTH}).add(lab)
    targets = make({"LAB_AUTH": AUTH})
    targets.use("lab")
    assert targets.current() == "lab"
    assert [(one.name, one.state) for one in targets.states()] == [
        ("playground", "stopped"),
        ("lab", "unknown"),
    ]
    assert targets.connect().client.target.auth == AUTH


def test_a_target_whose_key_has_gone_says_so(make: Make, lab: TargetSettings) -> None:
    make({"LAB_AUTH": AUTH}).add(lab)
    state = make().state("lab")
    assert (state.label, state.state) == ("lab", "unreachable")
    assert "LAB_AUTH is not set" in state.message


def test_a_target_that_cannot_be_used_is_not_added(make: Make, lab: TargetSettings) -> None:
    with pytest.raises(TargetNotConfigured, match="LAB_AUTH is not set"):
        make().add(lab)
    assert make().names() == ("playground", "wskprops")


@pytest.mark.parametrize("name", ["lab", "playground", "wskprops"])
def test_a_name_that_is_taken(make: Make, lab: TargetSettings, name: str) -> None:
    targets = make({"LAB_AUTH": AUTH})
    targets.add(lab)
    taken = TargetSettings(name, apihost="https://other.example", auth_variable="LAB_AUTH")
    with pytest.raises(InputError, match=f"A target named '{name}' already"):
        targets.add(taken)
    assert targets.resolve("lab").apihost == "https://lab.example"


def test_a_target_that_is_removed_makes_way_for_the_playground(
    make: Make, lab: TargetSettings
) -> None:
    targets = make({"LAB_AUTH": AUTH})
    targets.add(lab)
    targets.use("lab")
    targets.remove("lab")
    assert targets.current() == "playground"
    with pytest.raises(TargetNotConfigured, match="Unknown target 'lab'"):
        targets.resolve("lab")


def test_what_was_not_added_cannot_be_removed(make: Make) -> None:
    with pytest.raises(TargetNotConfigured, match="Unknown target 'lab'"):
        make().remove("lab")
    with pytest.raises(InputError, match="'playground' cannot be removed"):
        make().remove("playground")
