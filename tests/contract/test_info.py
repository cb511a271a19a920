"""Contract §1.1 and §1.2: what a host tells of itself."""

from __future__ import annotations

import sys

import requests

from tests.contract.helpers.api import TIMEOUT_S, Api, Target

MB = 1024 * 1024


def test_host_limits(target: Target) -> None:
    info = requests.get(target.apihost, timeout=TIMEOUT_S).json()
    assert info["description"] == "OpenWhisk"
    assert info["api_paths"] == ["/api/v1"]
    assert set(info["support"]) == {"github", "slack"}
    limits = info["limits"]
    for which in ("action_duration", "action_memory", "action_logs"):
        assert limits[f"min_{which}"] <= limits[f"max_{which}"]
        assert f"default_min_{which}" in limits
    for which in ("actions_per_minute", "triggers_per_minute", "concurrent_actions"):
        assert limits[which] > 0
    assert limits["sequence_length"] == 50


def test_host_limits_of_the_playground(target: Target, ours: None) -> None:
    limits = requests.get(target.apihost, timeout=TIMEOUT_S).json()["limits"]
    assert limits["max_action_memory"] == 4096 * MB
    assert limits["min_action_memory"] == 128 * MB
    assert limits["max_action_duration"] == 300_000
    assert limits["max_action_logs"] == 10 * MB


def test_host_kinds(target: Target) -> None:
    runtimes = requests.get(target.apihost, timeout=TIMEOUT_S).json()["runtimes"]
    kinds = {each["kind"] for family in runtimes.values() for each in family}
    assert {"python:3.11", "nodejs:20", "java:8", "ruby:2.5"} <= kinds


def test_own_python_is_the_default_kind(target: Target, ours: None) -> None:
    runtimes = requests.get(target.apihost, timeout=TIMEOUT_S).json()["runtimes"]
    (default,) = (each["kind"] for each in runtimes["python"] if each["default"])
    assert default == f"python:{sys.version_info.major}.{sys.version_info.minor}"


def test_api_info(target: Target) -> None:
    info = requests.get(f"{target.apihost}/api/v1", timeout=TIMEOUT_S).json()
    assert info["description"] == "OpenWhisk API"
    assert info["api_version"] == "1.0.0"
    assert info["api_version_path"] == "v1"
    assert info["build"]
    assert info["buildno"]
    assert info["swagger_paths"] == {"ui": "/docs", "api-docs": "/api-docs"}


def test_ping(target: Target) -> None:
    assert requests.get(f"{target.apihost}/ping", timeout=TIMEOUT_S).text == "pong"


def test_namespaces(api: Api) -> None:
    for path in ("namespaces", "namespaces/"):
        response = api.session.get(f"{api.target.apihost}/api/v1/{path}", timeout=TIMEOUT_S)
        (namespace,) = response.json()
        assert isinstance(namespace, str)


def test_namespace_limits(api: Api) -> None:
    limits = api.request("GET", "limits").json()
    assert limits["minActionMemory"] == 128
    assert limits["maxActionTimeout"] == 300_000
    assert limits["maxParameterSize"] == "1048576 B"
    assert limits["invocationsPerMinute"] > 0


SIZES = ["action_duration", "action_memory", "action_logs"]


def test_host_info_has_every_field(target: Target) -> None:
    info = requests.get(target.apihost, timeout=TIMEOUT_S).json()
    assert set(info) == {"description", "support", "api_paths", "limits", "runtimes"}
    bounds = {f"{which}_{size}" for which in ("min", "max") for size in SIZES}
    assert set(info["limits"]) >= {
        *("actions_per_minute", "triggers_per_minute", "concurrent_actions", "sequence_length"),
        *bounds,
        *(f"default_{bound}" for bound in bounds),
    }
    assert all(isinstance(each, int) for each in info["limits"].values())


def test_every_upstream_kind_is_listed(target: Target) -> None:
    runtimes = requests.get(target.apihost, timeout=TIMEOUT_S).json()["runtimes"]
    kinds = {each["kind"] for family in runtimes.values() for each in family}
    assert kinds >= {
        *("nodejs:18", "nodejs:20", "python:3.10", "python:3.11", "java:8", "php:8.1", "ruby:2.5"),
        *("go:1.20", "rust:1.34", "swift:5.3", "swift:5.7", "dotnet:3.1", "dotnet:6.0"),
    }


def test_every_kind_has_every_field(target: Target) -> None:
    runtimes = requests.get(target.apihost, timeout=TIMEOUT_S).json()["runtimes"]
    for family, kinds in runtimes.items():
        assert [each["default"] for each in kinds].count(True) == 1
        for each in kinds:
            assert set(each) >= {
                *("kind", "image", "default", "deprecated", "attached", "requireMain")
            }
            assert each["kind"].startswith(f"{family}:")


def test_namespace_limits_have_every_field(api: Api) -> None:
    limits = api.request("GET", "limits").json()
    sizes = ("ActionMemory", "ActionLogs", "ActionTimeout", "ActionConcurrency")
    numbers = {
        *("invocationsPerMinute", "concurrentInvocations", "firesPerMinute", "maxActionInstances"),
        *(f"{which}{size}" for which in ("min", "max") for size in sizes),
    }
    assert set(limits) >= {*numbers, "maxParameterSize"}
    assert all(type(limits[each]) is int for each in numbers)
