"""The ``jupyter faas`` program: parse the command line, run the verb, print the outcome."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from jupyter_faas.cli import exit_codes as exits
from jupyter_faas.cli.foreground import run_in_foreground
from jupyter_faas.cli.output import (
    OutputError,
    discard_output,
    prepare_streams,
    without_control,
    write_output,
)
from jupyter_faas.cli.progress import SlowProgress
from jupyter_faas.commands.table import Call, Help, Outcome, parse
from jupyter_faas.errors import FaasError, MachineError
from jupyter_faas.version import __version__
from jupyter_faas.workspace.text import Verbatim

_NOTES = "\n".join(
    [
        "",
        "exit codes:",
        *(f"  {code:>3}  {meaning}" for code, meaning in exits.MEANINGS),
        "",
        "Results are printed to stdout, errors and progress to stderr. With --json, errors are "
        "JSON too.",
    ]
)

# The end of a line that names a command, such as ``To list the models: %faas models``. The rest of
# the line may have data of the user, which stay as they are.
_COMMAND = re.compile(r"(?:\b(?:To|to|Or) [^:\n]+: |\b[Rr]un |\bafter |\bthat )%faas .*")


def main(words: Sequence[str] | None = None) -> int:
    """Run ``jupyter faas`` with ``words``, by default ``sys.argv``. Returns the exit code."""
    if words is None:
        words = sys.argv[1:]
        _leave_out_iri_format()
    prepare_streams()
    # Errors of the parser must be printed as JSON too, so look for the option before parsing.
    as_json = "--json" in words
    try:
        return _run(words)
    except OutputError as error:
        discard_output()
        _print_error(error, as_json)
        return exits.OUTPUT
    except FaasError as error:
        _print_error(error, as_json)
        return exits.exit_code(error)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return exits.INTERRUPTED
    except BrokenPipeError:
        # The reader, such as head or less, has closed the pipe.
        discard_output()
        return exits.OK
    except OSError as error:
        known = MachineError.from_os_error(error)
        if known is None:
            traceback.print_exc()
            return exits.BUG
        _print_error(known, as_json)
        return exits.exit_code(known)
    except Exception:  # a bug must not have the exit code of a failed activation
        traceback.print_exc()
        return exits.BUG


def _leave_out_iri_format() -> None:
    """Make jsonschema skip the format ``iri``, whose grammar it would compile for 0.8 s.

    No command checks this format, and the process of a command does not run the user's code.
    """
    # Python raises ImportError for such an entry, as if the library were not installed.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # not a module


def _run(words: Sequence[str]) -> int:
    if list(words) == ["--version"]:
        _print(f"jupyter_faas {__version__}")
        return exits.OK
    call = parse("cli", words, epilog=_NOTES)
    if isinstance(call, Help):
        _print(call.text.rstrip())
        return exits.OK
    return _do(call)


# The workspace is imported only here, so that ``--help`` and ``--version`` do not load it.
def _do(call: Call) -> int:
    from jupyter_faas.workspace import Workspace

    arguments = call.arguments
    workspace = Workspace.open(
        data_dir=Path(arguments.data_dir) if arguments.data_dir else None, target=arguments.target
    )
    if getattr(arguments, "foreground", False):
        return run_in_foreground(workspace, call, _print_outcome)
    with SlowProgress(sys.stderr) as progress:
        outcome = call.run(workspace, progress)
    _print_outcome(outcome, bool(arguments.json))
    if outcome.more is not None:
        # An interrupt is how the user ends this, so it is not an error.
        with suppress(KeyboardInterrupt):
            for each in outcome.more:
                _print_outcome(each, bool(arguments.json))
    if outcome.error is not None:
        _print_error(outcome.error, bool(arguments.json))
        return exits.exit_code(outcome.error)
    if outcome.absent:
        return exits.TARGET
    return exits.FAILED if outcome.failed else exits.OK


def _print_outcome(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        _print(json.dumps(outcome.to_json(), indent=2, ensure_ascii=False))
    elif outcome.lines:
        _print("\n".join(map(_line_in_terminal, outcome.lines)))


def _print(text: str) -> None:
    write_output(f"{without_control(text)}\n")


def _print_error(error: FaasError, as_json: bool) -> None:
    hint = _in_terminal(error.hint)
    if as_json:
        body = {"error": {**error.to_json(), "hint": hint}}
        words = json.dumps(body, indent=2, ensure_ascii=False)
    else:
        words = "\n".join(filter(None, [f"Error: {error.message}", hint]))
    with suppress(OSError):
        sys.stderr.write(f"{without_control(words)}\n")


def _line_in_terminal(line: str) -> str:
    return line if isinstance(line, Verbatim) else lines_in_terminal(line)


def lines_in_terminal(lines: str) -> str:
    """Turn ``%faas`` into ``jupyter faas`` where a line of a verb's output names a command."""
    return _COMMAND.sub(lambda found: _in_terminal(found[0]), lines)


def _in_terminal(hint: str) -> str:
    """Turn ``%faas`` in a hint into ``jupyter faas``.

    ``%faas deploy NAME`` becomes ``jupyter faas deploy NOTEBOOK.ipynb``, because the CLI deploys
    functions only from a notebook.
    """
    hint = re.sub(r"%faas deploy [\w@./-]+", "jupyter faas deploy NOTEBOOK.ipynb", hint)
    return hint.replace("%faas ", "jupyter faas ")
