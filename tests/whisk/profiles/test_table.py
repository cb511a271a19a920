"""The table of profiles, against what HOSTS.md says of the hosts."""

from __future__ import annotations

from dataclasses import fields

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.whisk import SystemLimits
from jupyter_faas.whisk.limits import MB
from jupyter_faas.whisk.profiles import PROFILES, Profile, profile_of


def test_the_hosts_of_python_data_scientists_are_known() -> None:
    assert list(PROFILES) == ["openwhisk", "openserverless", "digitalocean", "adobe"]


def test_a_name_that_is_no_profile_lists_those_that_are() -> None:
    with pytest.raises(
        InputError, match=r"Unknown host profile 'ibm'\.\nProfiles: openwhisk, openserver"
    ):
        profile_of("ibm")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_each_guess_names_a_field(profile: Profile) -> None:
    assert set(profile.guesses) <= {each.name for each in fields(Profile)}
    assert all(words.endswith(".") for words in profile.guesses.values())


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_each_family_has_at_most_one_default_kind(profile: Profile) -> None:
    for kinds in profile.runtimes.values():
        assert sum(each.default for each in kinds) == 1


@pytest.mark.parametrize(
    ("name", "memory_mb", "timeout_ms", "code_mb", "wait_ms", "kept_days"),
    [
        ("openserverless", 2048, 300_000, 48, 60_000, None),
        ("digitalocean", 1024, 900_000, 48, 30_000, 3),
        ("adobe", 4096, 10_800_000, 22, 60_000, 7),
    ],
)
def test_constants(
    name: str, memory_mb: int, timeout_ms: int, code_mb: int, wait_ms: int, kept_days: int | None
) -> None:
    profile = PROFILES[name]
    limits = profile.limits(None)
    assert (limits.max_memory, limits.max_timeout) == (memory_mb, timeout_ms)
    assert limits.max_code_bytes == code_mb * MB
    assert (profile.wait_ms, profile.kept_days) == (wait_ms, kept_days)


def test_limits_that_a_host_advertises_take_precedence() -> None:
    told = SystemLimits(max_memory=512)
    assert PROFILES["openserverless"].limits(told).max_memory == 512


def test_limits_that_no_host_advertises_are_the_documented_ones() -> None:
    assert PROFILES["adobe"].limits(SystemLimits()).max_code_bytes == 22 * MB
    assert PROFILES["digitalocean"].limits(SystemLimits()).max_blocking == 30_000


def test_operators_of_openwhisk_set_their_own_limits() -> None:
    assert PROFILES["openwhisk"].limits(None) == SystemLimits()


@pytest.mark.parametrize(
    ("name", "extra_logging", "words"),
    [
        ("openwhisk", False, ""),
        ("openserverless", False, ""),
        (
            "digitalocean",
            False,
            "DigitalOcean Functions does not keep records of web requests.",
        ),
        (
            "adobe",
            False,
            "Adobe I/O Runtime does not keep records of successful blocking calls.",
        ),
        ("adobe", True, ""),
    ],
)
def test_records_that_do_not_exist(name: str, extra_logging: bool, words: str) -> None:
    assert PROFILES[name].unrecorded(extra_logging) == words
