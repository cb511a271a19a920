"""``python -m tests.notebooks [--write] [NAME…]``: run cases and print their outcomes as TOML."""

from __future__ import annotations

import argparse
import tempfile
import traceback
from pathlib import Path

from tests.magics.helpers.kernels import notebook_kernel
from tests.notebooks.case import CASES, as_toml, case_paths, read_case
from tests.notebooks.study import Study

_EXPECT = "# %% expect\n"


def main() -> None:
    """Run the named cases, or all of them. ``--write`` writes the outcomes to their files."""
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks", description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    given = parser.parse_args()
    paths = [CASES / f"{name}.txt" for name in given.names] or case_paths()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with notebook_kernel(root, JUPYTER_FAAS_INERT="1") as kernel:
            kernel.run("%load_ext jupyter_faas")
            study = Study(kernel, root)
            for path in paths:
                _run(study, path, write=given.write)


def _run(study: Study, path: Path, *, write: bool) -> None:
    case = read_case(path)
    print(f"\n== {case.name}")
    try:
        outcome = study.outcome(case)
    except AssertionError:
        traceback.print_exc(limit=2)
        return
    if outcome == case.expect:
        print("as expected")
        return
    print(as_toml(outcome))
    if write:
        before = path.read_text("utf-8").partition(_EXPECT)[0]
        path.write_text(f"{before}{_EXPECT}{as_toml(outcome)}", "utf-8")


if __name__ == "__main__":
    main()
