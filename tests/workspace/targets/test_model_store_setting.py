from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.targets.model_store_setting import (
    ModelStoreSetting,
    no_secrets,
    read_setting,
    setting_of,
    threshold_bytes,
)


def test_environment_names_a_store_and_where_it_is_read() -> None:
    environ = {
        "JUPYTER_FAAS_MODEL_STORE": "s3://bucket/models/",
        "JUPYTER_FAAS_MODEL_STORE_URL": "https://cdn.example.com/models/",
    }
    assert setting_of(environ) == ModelStoreSetting(
        "s3://bucket/models", "https://cdn.example.com/models"
    )
    assert setting_of({}) is None


@pytest.mark.parametrize(
    ("url", "public", "words"),
    [
        ("bucket/models", "", "must be a URL"),
        ("C:\\models", "", "must be a URL"),
        ("https://example.com/models", "", "cannot be written to a store over HTTP"),
        ("file://models", "", "must be an absolute path"),
        ("s3://key:s3cr3t@bucket", "", "contains a user name, a password or a query"),
        ("s3://bucket?key=s3cr3t", "", "contains a user name, a password or a query"),
        ("s3://bucket", "ftp://example.com", "HTTP or HTTPS URL"),
        ("s3://bucket", "https://example.com/?sig=s3cr3t", "HTTP or HTTPS URL"),
        ("s3://bucket", "https://me:s3cr3t@example.com/", "user name or password"),
    ],
)
def test_what_cannot_be_a_store_is_refused(url: str, public: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_setting(url, public)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "size"), [("", 20 * 2**20), ("0", 0), ("1.5", 3 * 2**19), (" 100 ", 100 * 2**20)]
)
def test_threshold_is_in_megabytes(text: str, size: int) -> None:
    assert threshold_bytes({"JUPYTER_FAAS_MODEL_THRESHOLD": text}) == size


@pytest.mark.parametrize("text", ["many", "-1", "nan", "inf"])
def test_threshold_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="JUPYTER_FAAS_MODEL_THRESHOLD is not a number of MB"):
        threshold_bytes({"JUPYTER_FAAS_MODEL_THRESHOLD": text})


def test_words_of_a_library_lose_what_may_be_secret() -> None:
    words = "GET https://me:pw@host/x?Signature=abc&k=v failed\n for 's3://k:s@b'"
    assert no_secrets(words) == "GET https://host/x?… failed for 's3://b'"
