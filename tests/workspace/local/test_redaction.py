from __future__ import annotations

from jupyter_faas.workspace.local.redaction import HIDDEN, Redaction, declared_only

ENVIRON = {
    "API_KEY": "k3y-abcdef",
    "HTTPS_PROXY": "http://me:pr0xypass@proxy.example:3128",
    "SSH_AUTH_SOCK": "/tmp/agent",
    "STAGE": "staging",
    "AUTH": "no",
}


def test_secrets_of_the_environment_are_hidden_and_other_values_are_not() -> None:
    hidden = Redaction(ENVIRON, {})
    assert hidden.text("k3y-abcdef pr0xypass /tmp/agent staging no") == (
        f"{HIDDEN} {HIDDEN} /tmp/agent staging no"
    )


def test_preset_parameters_are_hidden_at_every_depth() -> None:
    hidden = Redaction({}, {"token": "s3cret", "more": {"pins": [123456, True]}})
    value = {"s3cret": ["a s3cret", 123456, 7, True, None, 1.5]}
    assert hidden.value(value) == {HIDDEN: [f"a {HIDDEN}", HIDDEN, 7, True, None, 1.5]}


def test_a_secret_within_another_does_not_spare_the_rest() -> None:
    assert Redaction({"A_KEY": "abcd", "B_KEY": "abcdefgh"}, {}).text("abcdefgh") == HIDDEN


def test_declared_secrets_are_hidden_whatever_their_name_is() -> None:
    hidden = Redaction({"GREETING": "hello-there"}, {}, ["GREETING", "UNSET"])
    assert hidden.text("hello-there") == HIDDEN


def test_a_record_is_redacted_of_declared_secrets_alone() -> None:
    hidden = declared_only({**ENVIRON, "GREETING": "hello-there"}, ["GREETING"])
    assert hidden.value(["hello-there", "k3y-abcdef"]) == [HIDDEN, "k3y-abcdef"]
