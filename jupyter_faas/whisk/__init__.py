"""OpenWhisk's names, entities, limits and kinds as immutable values. This package has no I/O."""

from __future__ import annotations

from jupyter_faas.whisk.activations import Activation, ActivationResponse, is_activation_id
from jupyter_faas.whisk.entities import Action, Exec
from jupyter_faas.whisk.keyvalues import KeyValue, KeyValues, as_dict, as_json, key_values, merge
from jupyter_faas.whisk.kinds import RUNTIMES, Runtime, resolve_kind
from jupyter_faas.whisk.limits import ActionLimits, SystemLimits
from jupyter_faas.whisk.names import FullName, check_name, read_reference, reference_json
from jupyter_faas.whisk.packages import Package, PackageName
from jupyter_faas.whisk.triggers import Rule, RuleLink, Trigger

__all__ = [
    "RUNTIMES",
    "Action",
    "ActionLimits",
    "Activation",
    "ActivationResponse",
    "Exec",
    "FullName",
    "KeyValue",
    "KeyValues",
    "Package",
    "PackageName",
    "Rule",
    "RuleLink",
    "Runtime",
    "SystemLimits",
    "Trigger",
    "as_dict",
    "as_json",
    "check_name",
    "is_activation_id",
    "key_values",
    "merge",
    "read_reference",
    "reference_json",
    "resolve_kind",
]
