"""New targets: the types of hosts to choose from, and where a new target gets its key from.

The verb ``target add`` and the form in JupyterLab both use this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.errors import FieldRejected, InputError, TargetNotConfigured, TargetTestFailed
from jupyter_faas.whisk.profiles import OPENWHISK, PROFILES
from jupyter_faas.workspace.targets.key_files import delete_key, write_key
from jupyter_faas.workspace.targets.model_store_setting import read_setting
from jupyter_faas.workspace.targets.target_settings import TargetSettings, is_key

if TYPE_CHECKING:
    from jupyter_faas.workspace.targets.target_check import TargetCheck
    from jupyter_faas.workspace.targets.targets import Targets

# Where a new target gets its key from: the login of the host's own command line tool, an
# environment variable, or the form.
KeySource = Literal["tool", "variable", "typed"]
KEY_SOURCES: tuple[KeySource, ...] = ("tool", "variable", "typed")

_PATHS = ("auth_file", "wskprops", "doctl", "ca")
_ADVANCED = ("namespace", "ca", "model_store", "model_store_url")
_CHECK_BOTH = "Check the key and the API host."
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def profiles(targets: Targets) -> list[dict[str, Any]]:
    """Return the types of hosts, each with whether its tool keeps a key on this machine.

    If the tool keeps the keys of several accounts, ``accounts`` lists them.

    ``tests/data/api/profiles.json`` is an example.
    """
    return [
        {
            "name": each.name,
            "title": each.title,
            "tool": each.tool,
            "login": each.renew,
            "keeps_key": _keeps_key(targets, each.name),
            "accounts": [
                {"id": one.id, "namespace": one.namespace, "apihost": one.apihost}
                for one in targets.tool_accounts(each.name)
            ],
        }
        for each in PROFILES.values()
    ]


def _keeps_key(targets: Targets, profile: str) -> bool:
    try:
        targets.tool_settings("new", profile)
    except TargetNotConfigured:
        return bool(targets.tool_accounts(profile))
    return True


def settings_from_options(
    targets: Targets, name: str, options: Mapping[str, Any]
) -> TargetSettings:
    """Return the settings of a new target from the fields of TargetSettings.

    Without an API host or a wskprops file, the key of the host's own tool is used. Raises
    InputError if the options do not fit together, and TargetNotConfigured if the tool has no key.
    """
    known = {each.name for each in fields(TargetSettings)} - {"name"}
    given = {key: value for key, value in options.items() if key in known and value}
    for path in _PATHS:
        if path in given:
            # The path must stay valid when a later command runs in another directory.
            given[path] = str(Path(given[path]).expanduser().absolute())
    if not {"apihost", "wskprops"} & set(given) and {"profile", "doctl"} & set(given):
        profile = given.setdefault("profile", "digitalocean")
        given = {**targets.tool_settings(name, profile, given.pop("doctl", "")), **given}
    return TargetSettings(name, **given)


@dataclass(frozen=True)
class TargetForm:
    """What a user entered to add a target.

    ``source``: where the key comes from. ``apihost`` is the host for the sources ``variable`` and
    ``typed``. ``variable``: the name of the environment variable. ``key``: the typed API key,
    which is stored in a file that only the user can read. It is not in the ``repr``. ``account``:
    the id of the account, if the tool keeps the keys of several. The other fields are those of
    TargetSettings.
    """

    name: str
    profile: str = OPENWHISK
    source: KeySource = "tool"
    apihost: str = ""
    variable: str = ""
    key: str = field(default="", repr=False)
    account: str = ""
    namespace: str = ""
    ca: str = ""
    model_store: str = ""
    model_store_url: str = ""

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> TargetForm:
        """Read the body of a request. Raises FieldRejected for a value of the wrong type."""
        given = {}
        for each in fields(cls):
            value = body.get(each.name, "")
            # The messages do not repeat a value, because any value may be a misplaced key.
            if not isinstance(value, str):
                raise FieldRejected(each.name, f"{each.name} must be a string.")
            if value.strip():
                given[each.name] = value.strip()
        if given.setdefault("source", "tool") not in KEY_SOURCES:
            choices = ", ".join(KEY_SOURCES)
            raise FieldRejected("source", "Unknown source of the key.", hint=f"Choose: {choices}.")
        if given.setdefault("profile", OPENWHISK) not in PROFILES:
            choices = ", ".join(PROFILES)
            raise FieldRejected("profile", "Unknown type of host.", hint=f"Choose: {choices}.")
        if "name" not in given:
            raise FieldRejected("name", "The target needs a name.", hint="For example: lab")
        return cls(**given)  # type: ignore[arg-type]  # the source was checked above


def add_from_form(targets: Targets, form: TargetForm, *, force: bool = False) -> TargetCheck:
    """Add the target of a form, if it answers and accepts its key. Return what it answered.

    With ``force``, the target is added although it does not answer. Raises FieldRejected, which
    names the field to correct. Nothing is stored then, and no message contains the key.
    """
    _check_fields(targets, form)
    if form.source != "typed":
        key = {"auth_variable": form.variable} if form.source == "variable" else {}
        return _try_out(targets, form, key, force)
    path = write_key(targets.data_dir, form.name, form.key)
    try:
        return _try_out(targets, form, {"auth_file": str(path)}, force)
    except BaseException:
        delete_key(targets.data_dir, path)
        raise


def _check_fields(targets: Targets, form: TargetForm) -> None:
    """Raise FieldRejected for a field that is wrong whatever the host answers."""
    from jupyter_faas.client import read_ca
    from jupyter_faas.client.target import api_url

    with _errors_of("name"):
        targets.check_name(form.name)
    if form.ca:
        with _errors_of("ca"):
            read_ca(Path(form.ca).expanduser(), form.name)
    if form.model_store:
        with _errors_of("model_store"):
            read_setting(form.model_store, form.model_store_url)
    elif form.model_store_url:
        raise FieldRejected(
            "model_store",
            "You entered an address from which actions read models, but no model store.",
            hint="Enter the URL to which models are written, such as s3://bucket/models.",
        )
    if form.source == "tool":
        return
    if not form.apihost:
        raise FieldRejected(
            "apihost",
            "The target needs an API host.",
            hint="For example: https://openwhisk.example.com",
        )
    with _errors_of("apihost"):
        api_url(form.apihost)
    if form.source == "typed" and not is_key(form.key):
        message = "This is not a valid key." if form.key else "The target needs a key."
        raise FieldRejected("key", message, hint="A key looks like uuid:key.")
    if form.source == "variable" and not _VARIABLE.fullmatch(form.variable):
        # Somebody may have put the key itself here, so the message does not repeat it.
        raise FieldRejected(
            "variable",
            "This is not a valid name for an environment variable."
            if form.variable
            else "The target needs the name of an environment variable.",
            hint="Enter the variable's name, such as CLOUD_AUTH, and not the key.",
        )


def _try_out(
    targets: Targets, form: TargetForm, key: Mapping[str, str], force: bool
) -> TargetCheck:
    with _errors_of(_field_of_key(form)):
        named = _settings(targets, form, key)
        found = targets.check_new(named)
    if not found.ok and not force:
        refused = found.state.state == "unauthorized"
        field_name = _field_of_key(form) if refused else _field_of_host(form)
        # The target's own hint names the file of a typed key, which is not kept.
        hint = _CHECK_BOTH if refused and form.source == "typed" else found.state.hint
        raise TargetTestFailed(field_name, found.state.message, hint=hint)
    with _errors_of("name"):
        targets.add(named)
    return found


def _settings(targets: Targets, form: TargetForm, key: Mapping[str, str]) -> TargetSettings:
    profile = "" if form.profile == OPENWHISK else form.profile
    advanced = {name: getattr(form, name) for name in _ADVANCED}
    if form.source == "tool":
        # The profile selects the tool, so it is needed here even if it is the default.
        tool = {"profile": form.profile, "doctl": _account_file(targets, form), **advanced}
        try:
            return settings_from_options(targets, form.name, tool)
        except TargetNotConfigured as error:
            # The other lines of the hint are about options of the command line.
            hint = f"{error.hint.splitlines()[0]}\nOr choose another source of the key."
            raise FieldRejected("source", error.message, hint=hint) from error
    options = {"profile": profile, "apihost": form.apihost, **key, **advanced}
    return settings_from_options(targets, form.name, options)


def _account_file(targets: Targets, form: TargetForm) -> str:
    """Return the file of the chosen account, or an empty string if there is no choice."""
    accounts = {each.id: each for each in targets.tool_accounts(form.profile)}
    if not accounts:
        return ""
    if form.account not in accounts:
        tool = PROFILES[form.profile].tool
        raise FieldRejected(
            "account", f"{tool} has the keys of {len(accounts)} accounts.", hint="Choose one."
        )
    return str(accounts[form.account].path)


def _field_of_key(form: TargetForm) -> str:
    return {"tool": "source", "variable": "variable", "typed": "key"}[form.source]


def _field_of_host(form: TargetForm) -> str:
    return "source" if form.source == "tool" else "apihost"


@contextmanager
def _errors_of(field_name: str) -> Iterator[None]:
    """Turn errors about the input into errors about one field of the form."""
    try:
        yield
    except FieldRejected:
        raise
    except (InputError, TargetNotConfigured) as error:
        raise FieldRejected(field_name, error.message, hint=error.hint) from error
