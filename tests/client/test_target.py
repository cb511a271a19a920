from __future__ import annotations

import dataclasses
from pathlib import Path

import certifi
import pytest

from jupyter_faas.client import Target, playground_target, read_ca, read_wskprops, wskprops_path
from jupyter_faas.client.target import api_url, parse_properties
from jupyter_faas.errors import TargetNotConfigured

AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("apihost", "url"),
    [
        ("openwhisk.lab.example", "https://openwhisk.lab.example"),
        ("openwhisk.lab.example:8443", "https://openwhisk.lab.example:8443"),
        ("http://127.0.0.1:3233", "http://127.0.0.1:3233"),
        ("https://host/", "https://host"),
        ("https://host/api/v1", "https://host"),
        ("  host  ", "https://host"),
    ],
)
def test_a_host_without_scheme_is_https(apihost: str, url: str) -> None:
    assert api_url(apihost) == url


@pytest.mark.parametrize("apihost", ["ftp://host", "https://", "http://ho st", "http://host:port"])
def test_what_is_no_address_is_refused(apihost: str) -> None:
    with pytest.raises(TargetNotConfigured, match="not an http or https address"):
        api_url(apihost)


def test_a_host_with_a_key_in_it_is_refused_without_repeating_the_key() -> None:
    with pytest.raises(TargetNotConfigured, match="contains a user name or password") as caught:
        api_url(f"https://{AUTH}@host")
    assert "kkkk" not in str(caught.value)


def test_wskprops_are_read_as_wsk_writes_them(tmp_path: Path) -> None:
    path = write(
        tmp_path / ".wskprops",
        f"# mine\n\nAPIHOST=openwhisk.lab.example\nAUTH='{AUTH}'\nNAMESPACE=\"team\"\n"
        "APIVERSION=v1\nAPIGW_ACCESS_TOKEN=x=y\n",
    )
    target = read_wskprops(path)
    assert target == Target(
        name="wskprops",
        label="openwhisk.lab.example",
        kind="openwhisk",
        apihost="https://openwhisk.lab.example",
        auth=AUTH,
        namespace="team",
    )


def test_the_namespace_is_the_keys_own_when_the_file_names_none(tmp_path: Path) -> None:
    assert read_wskprops(write(tmp_path / "p", f"APIHOST=h\nAUTH={AUTH}\n")).namespace == "_"
    assert (
        read_wskprops(write(tmp_path / "p", f"APIHOST=h\nAUTH={AUTH}\nNAMESPACE=\n")).namespace
        == "_"
    )


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("A = b ", {"A": "b"}),
        ("a=b=c", {"A": "b=c"}),
        ("#A=b\n  # B=c\nC", {}),
        ("A='b\"", {"A": "'b\""}),
        ("A=\"b'", {"A": "\"b'"}),
        ("A=''", {"A": ""}),
        ("A=b\r\nC=d", {"A": "b", "C": "d"}),
        ("\ufeffA=b", {"A": "b"}),
        ("A=1\nA=2", {"A": "2"}),
    ],
)
def test_properties_are_lines_of_key_and_value(text: str, properties: dict[str, str]) -> None:
    assert parse_properties(text) == properties


def test_the_file_of_the_environment_goes_before_the_one_at_home(tmp_path: Path) -> None:
    assert wskprops_path({}, tmp_path) == tmp_path / ".wskprops"
    assert wskprops_path({"WSK_CONFIG_FILE": "/etc/x"}, tmp_path) == Path("/etc/x")
    assert wskprops_path({"WSK_CONFIG_FILE": ""}, tmp_path) == tmp_path / ".wskprops"


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(TargetNotConfigured, match=r"no file .*\.wskprops.*\n.*wsk property set"):
        read_wskprops(tmp_path / ".wskprops")


@pytest.mark.parametrize(
    ("text", "missing"),
    [("AUTH=a:b", "APIHOST"), ("APIHOST=h", "AUTH"), ("APIHOST=h\nAUTH=", "AUTH")],
)
def test_a_missing_line_is_named(tmp_path: Path, text: str, missing: str) -> None:
    with pytest.raises(TargetNotConfigured, match=f"has no {missing}"):
        read_wskprops(write(tmp_path / "p", text))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"\xff\xfe\x00AUTH")
    with pytest.raises(TargetNotConfigured, match="not a text file"):
        read_wskprops(tmp_path / "p")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetNotConfigured, match=r"cannot be read \(Is a directory\)"):
        read_wskprops(tmp_path)


def test_the_playground_is_found_in_its_data_folder(tmp_path: Path) -> None:
    write(tmp_path / "playground" / "wskprops", f"APIHOST=http://127.0.0.1:3999\nAUTH={AUTH}\n")
    target = playground_target(tmp_path)
    assert (target.name, target.label, target.kind) == (
        "playground",
        "Local playground",
        "playground",
    )
    assert target.apihost == "http://127.0.0.1:3999"


def test_a_playground_that_never_started_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(TargetNotConfigured, match=r"never been started\.\n.*playground start"):
        playground_target(tmp_path)


def test_the_key_does_not_show_in_a_targets_repr(tmp_path: Path) -> None:
    target = read_wskprops(write(tmp_path / "p", f"APIHOST=h\nAUTH={AUTH}\n"))
    assert "kkkk" not in repr(target)
    assert dataclasses.replace(target, name="other").auth == AUTH


def test_a_playground_with_tls_brings_what_it_is_trusted_by(tmp_path: Path) -> None:
    folder = tmp_path / "playground"
    write(folder / "wskprops", f"APIHOST=http://127.0.0.1:3999\nAUTH={AUTH}\n")
    assert playground_target(tmp_path).ca is None
    write(folder / "ca.pem", "any")
    assert playground_target(tmp_path).ca == folder / "ca.pem"


def test_a_namespace_that_is_given_goes_before_the_files(tmp_path: Path) -> None:
    path = write(tmp_path / "p", f"APIHOST=h\nAUTH={AUTH}\nNAMESPACE=file\n")
    assert read_wskprops(path).namespace == "file"
    assert read_wskprops(path, namespace="given").namespace == "given"


def test_a_ca_file_that_holds_a_certificate_is_taken() -> None:
    path = Path(certifi.where())
    assert read_ca(path, "lab") == path


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file"),
        ("", "does not contain a certificate"),
        ("-----BEGIN PRIVATE KEY-----", "does not contain"),
    ],
    ids=["missing", "empty", "another thing"],
)
def test_a_ca_file_that_cannot_be_one_is_named(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(TargetNotConfigured, match=rf"Target 'lab' .*ca\.pem .*{reason}"):
        read_ca(path, "lab")
