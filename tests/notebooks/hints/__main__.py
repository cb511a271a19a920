"""``python -m tests.notebooks.hints [--write] [NAME…]``: what the cases are told, and followed."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.notebooks.hints.case import CASES, HintCase, all_cases
from tests.notebooks.hints.study import HintStudies, HintStudy


def main() -> None:
    """Run the named cases, or all; ``--write`` puts the hints into their files."""
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks.hints", description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        with HintStudies.open(root) as studies:
            for case in all_cases():
                if not given.names or case.name in given.names:
                    _run(studies.of(case), case, write=given.write)


def _run(study: HintStudy, case: HintCase, *, write: bool) -> None:
    started = time.monotonic()
    try:
        refusal = study.refusal(case)
        if not case.is_hint(refusal.hint):
            print(f"== {case.name}: {refusal.message}\n   {refusal.hint}", flush=True)
            if write:
                _write(case, refusal.hint)
        study.compare(case, refusal)
    except Exception as error:
        print(f"!! {case.name}: {type(error).__name__}: {error}", flush=True)
    print(f"   {case.name} {time.monotonic() - started:.1f} s", flush=True)


def _write(case: HintCase, hint: str) -> None:
    for path in CASES.glob("**/*.txt"):
        before, mark, after = path.read_text("utf-8").partition(f"# == {case.name}\n")
        if mark:
            start, _, rest = after.partition("# %% hint\n")
            end = rest[rest.index("# == ") :] if "# == " in rest else ""
            path.write_text(f"{before}{mark}{start}# %% hint\n{hint}\n{end}", "utf-8")


if __name__ == "__main__":
    main()
