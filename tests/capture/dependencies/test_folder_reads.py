"""Folders and groups of files that the captured code reads."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.capture import CapturedFunction
from jupyter_faas.capture.dependencies.includes import read_includes
from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook

ALL = {"rules/a.json", "rules/b.json", "rules/deep/c.json", "rules/notes.txt"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A notebook's folder, in which ``rules`` has four files."""
    root = tmp_path / "notebooks"
    for path in (*ALL, "en.json", "de.json", "words.txt"):
        write(root / path)
    write(tmp_path / "shared" / "x.json")
    return root


def write(file: Path, text: str = "{}") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def captured(
    notebook: Notebook, root: Path, code: str, cells: str = "", **options: Any
) -> CapturedFunction:
    notebook.run(
        "import glob, json, os\nimport os.path as osp\nfrom pathlib import Path\n"
        "class Rules:\n    def __init__(self, folder):\n        self.folder = folder\n"
        "    def load(self, name):\n        return (Path(self.folder) / name).read_text()\n"
    )
    notebook.run(cells)
    body = "def iris(name: str):\n" + "".join(f"    {line}\n" for line in code.splitlines())
    return notebook.capture(body, root=root, **options)


@pytest.mark.parametrize(
    ("code", "cells", "files"),
    [
        ("return len(list(Path('rules').iterdir()))", "", ALL),
        ("return os.listdir('rules')", "", ALL),
        ("return [n for _, _, n in os.walk('rules')]", "", ALL),
        ("return [e.name for e in os.scandir(path='rules')]", "", ALL),
        ("return list(Path('rules').glob('*.json'))", "", {"rules/a.json", "rules/b.json"}),
        ("return glob.glob('rules/*.txt')", "", {"rules/notes.txt"}),
        ("return glob.glob('*.json', root_dir='rules')", "", {"rules/a.json", "rules/b.json"}),
        ("return glob.glob('rules/**/*.json', recursive=True)", "", ALL - {"rules/notes.txt"}),
        ("return list(Path('rules').rglob('*.json'))", "", ALL - {"rules/notes.txt"}),
        ("return glob.glob('*.json')", "", {"de.json", "en.json"}),
        ("return open(os.path.join('rules', name)).read()", "", ALL),
        ("return open(osp.join('rules', 'deep', name)).read()", "", {"rules/deep/c.json"}),
        ("return (Path('rules') / name).read_text()", "", ALL),
        ("return Path('rules', 'a.json').read_text()", "", {"rules/a.json"}),
        ("return Path('rules').joinpath(name).read_bytes()", "", ALL),
        ("return open(f'rules/{name}.json').read()", "", ALL - {"rules/notes.txt"}),
        ("return open('rules/' + name + '.txt').read()", "", {"rules/notes.txt"}),
        ("return open('rules/%s.txt' % name).read()", "", {"rules/notes.txt"}),
        ("return open('rules/{}.txt'.format(name)).read()", "", {"rules/notes.txt"}),
        ("return open(f'{name}.json').read()", "", {"de.json", "en.json"}),
        ("path = Path('rules')\nreturn (path / name).read_text()", "", ALL),
        ("path = f'rules/{name}.txt'\nwith open(path) as f: return f.read()", "",
         {"rules/notes.txt"}),
        ("return (BASE / 'a.json').read_text()", "BASE = Path('rules')", {"rules/a.json"}),
        ("return (BASE / name).read_text()", "BASE = Path('rules') / 'deep'",
         {"rules/deep/c.json"}),
        ("return os.listdir(DATA_DIR)", "DATA_DIR = 'rules'", ALL),
        ("return open(os.path.join(CFG['dir'], name)).read()", "CFG = {'dir': 'rules'}", ALL),
        ("return [f.name for d in DIRS for f in d.glob('*.txt')]", "DIRS = [Path('rules')]",
         {"rules/notes.txt"}),
        ("return open(f'rules/v{N}.json').read()", "N = 3", set()),
        ("return rules.load(name)", "rules = Rules('rules')", ALL),
        ("return load('rules')",
         "def load(folder):\n    return [p.name for p in Path(folder).glob('*.txt')]",
         {"rules/notes.txt"}),
        ("return load()",
         "def load(folder='rules'):\n    return [p.name for p in Path(folder).glob('*.txt')]",
         {"rules/notes.txt"}),
        ("return open(path_of(name)).read()",
         "def path_of(name):\n    return os.path.join('rules', f'{name}.txt')",
         {"rules/notes.txt"}),
        ("return json.load(open(Path.cwd() / 'rules' / name))", "", ALL),
        ("rules = json.loads((Path('rules') / 'a.json').read_text())['urgent']\nreturn WORDS",
         "WORDS = {'urgent': ['now']}", {"rules/a.json"}),
        ("return [p.read_text() for p in [Path('rules') / f'{n}.txt' for n in name]]", "",
         {"rules/notes.txt"}),
    ],
)  # fmt: skip
def test_what_the_code_reads_travels(
    code: str, cells: str, files: set[str], folder: Path, notebook: Notebook
) -> None:
    assert set(captured(notebook, folder, code, cells).includes) == files


@pytest.mark.parametrize(
    ("made", "code", "files"),
    [
        ("Path.cwd() / 'rules'", "(BASE / name).read_text()", ALL),
        ("Path.cwd()", "(BASE / 'rules' / 'a.json').read_text()", {"rules/a.json"}),
        ("[Path('words.txt').resolve()]", "[one.read_text() for one in BASE]", {"words.txt"}),
    ],
    ids=["folder", "notebook", "file"],
)
def test_an_absolute_path_in_the_notebooks_folder_is_one_in_the_package(
    made: str,
    code: str,
    files: set[str],
    folder: Path,
    notebook: Notebook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    found = captured(notebook, folder, f"return {code}", f"BASE = {made}")
    assert set(found.includes) == files
    assert str(folder) not in found.captured_source
    assert ".absolute()" in found.captured_source


def test_an_absolute_path_through_a_link_is_one_in_the_package(
    folder: Path, tmp_path: Path, notebook: Notebook
) -> None:
    (tmp_path / "link").symlink_to(folder)
    cells = f"BASE = Path({str(tmp_path / 'link' / 'rules')!r})"
    found = captured(notebook, folder, "return (BASE / name).read_text()", cells)
    assert set(found.includes) == ALL


def test_a_path_that_is_only_written_stays(folder: Path, notebook: Notebook) -> None:
    path = str(folder / "scratch" / "out.txt")
    found = captured(notebook, folder, "OUT.write_text(name)", f"OUT = Path({path!r})")
    assert path in found.captured_source


def test_a_temporary_file_stays_if_the_notebook_is_in_the_temporary_folder(
    folder: Path, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    path = str(folder / "words.txt")
    cells = f"OUT = Path({path!r})"
    found = captured(notebook, folder, "OUT.write_text(name)", cells)
    assert (path in found.captured_source, found.includes) == (True, {})
    with pytest.raises(CaptureError, match="not in the package") as caught:
        captured(notebook, folder, "return OUT.read_text()", cells)
    assert "--include words.txt" in (caught.value.hint or "")
    included = [Path("words.txt")]
    found = captured(notebook, folder, "return OUT.read_text()", cells, includes=included)
    assert (path in found.captured_source, set(found.includes)) == (False, {"words.txt"})


@pytest.mark.parametrize("path", ["/", "/etc/hosts", "/tmp", "/dev/null"])
def test_a_notebook_in_the_root_folder_does_not_contain_every_path(path: str) -> None:
    includes = read_includes([], Path("/"))
    assert includes.inside(Path(path)) is None
    assert includes.lost_path(Path(path), "OUT") is None


@pytest.mark.parametrize(
    ("code", "cells"),
    [
        ("return {'rules': name}", ""),
        ("return print(f'rules/{name}.json')", ""),
        ("return row[COLUMN]", "COLUMN = 'rules'\nrow = {'rules': 1}"),
        ("return sorted(rows, key=lambda row: row.get('rules'))", "rows = []"),
        ("open(f'rules/{name}.json', 'w').write(name)", ""),
        ("(Path('rules') / f'{name}.json').write_text(name)", ""),
        ("return name + '/' + name + '.json'", ""),
        ("return f'{name}/{name}'", ""),
        ("return N / 2", "N = 3"),
        ("return ', '.join(['rules', name])", ""),
    ],
)
def test_text_that_is_not_read_includes_nothing(
    code: str, cells: str, folder: Path, notebook: Notebook
) -> None:
    assert captured(notebook, folder, code, cells).includes == {}


def test_a_folder_is_one_line_with_the_number_of_files(folder: Path, notebook: Notebook) -> None:
    found = captured(notebook, folder, "return os.listdir('rules') + glob.glob('rules/*.json')")
    (line,) = [one for one in found.items if one.kind == "folder"]
    assert (line.name, line.why, line.size) == ("rules/", "4 files, read by iris", 8)


def test_a_file_of_the_folder_has_no_line_of_its_own(folder: Path, notebook: Notebook) -> None:
    notebook.run("from pathlib import Path\nRULES = Path('rules')")
    body = "def iris(name: str = 'a'):\n    return (RULES / f'{name}.json').read_text()"
    found = notebook.capture(body, root=folder)
    assert [one.name for one in found.items if one.kind in ("file", "folder")] == ["rules/"]


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "prod.env",
        "server.key",
        "id_rsa",
        ".git/config",
        "__pycache__/a.pyc",
        "venv/lib/x.py",
        "node_modules/x/index.js",
        "link.json",
        "linked/x.json",
    ],
)
def test_what_never_travels(path: str, folder: Path, notebook: Notebook) -> None:
    if path == "link.json":
        (folder / "rules" / path).symlink_to(folder.parent / "shared" / "x.json")
    elif path.startswith("linked"):
        (folder / "rules" / "linked").symlink_to(folder.parent / "shared")
    else:
        write(folder / "rules" / path)
    if path.startswith("venv"):
        write(folder / "rules" / "venv" / "pyvenv.cfg")
    assert set(captured(notebook, folder, "return os.listdir('rules')").includes) == ALL


def test_the_card_says_that_hidden_files_are_left_out(folder: Path, notebook: Notebook) -> None:
    write(folder / "rules" / ".env")
    found = captured(notebook, folder, "return os.listdir('rules')")
    assert "hidden files and key files are left out" in found.items[-1].why


def test_too_many_files_need_the_option(folder: Path, notebook: Notebook) -> None:
    for number in range(501):
        write(folder / "many" / f"{number}.txt", "x" * 3000)
    code = "return open(f'many/{name}.txt').read()"
    with pytest.raises(
        CaptureError,
        match=r"The code reads many/\*\.txt on line 3: 501 files \(2 MB\)\. At most 500 files",
    ) as caught:
        captured(notebook, folder, code)
    assert caught.value.hint == "To include all of them: --include many"
    found = captured(notebook, folder, code, includes=[Path("many")])
    assert len(found.includes) == 501


def test_too_many_files_next_to_the_notebook_must_be_moved(
    folder: Path, notebook: Notebook
) -> None:
    for number in range(501):
        write(folder / f"{number}.txt")
    with pytest.raises(CaptureError, match=r"The code reads \*\.txt on line 3") as caught:
        captured(notebook, folder, "return open(f'{name}.txt').read()")
    assert (caught.value.hint or "").startswith("Move the files to a folder next to the notebook")


def test_a_large_folder_needs_the_option(folder: Path, notebook: Notebook) -> None:
    (folder / "rules" / "large.bin").write_bytes(bytes(10_000_001))
    with pytest.raises(CaptureError, match=r"The code reads rules/\* on line 3: 5"):
        captured(notebook, folder, "return os.listdir('rules')")


def test_a_large_folder_that_is_only_named_is_ignored(folder: Path, notebook: Notebook) -> None:
    (folder / "rules" / "large.bin").write_bytes(bytes(10_000_001))
    assert captured(notebook, folder, "return {'url': f'rules/{name}'}").includes == {}


@pytest.mark.parametrize("code", ["os.listdir()", "list(Path('.').iterdir())", "os.walk('.')"])
def test_the_notebooks_own_folder_does_not_travel(
    code: str, folder: Path, notebook: Notebook
) -> None:
    with pytest.raises(CaptureError, match="lists the notebook's own folder on line 3"):
        captured(notebook, folder, f"return {code}")


def test_a_folder_elsewhere_is_refused(folder: Path, notebook: Notebook) -> None:
    with pytest.raises(
        CaptureError,
        match=r"On line 3, the code reads \.\./shared/\*, which is outside the notebook's folder",
    ) as caught:
        captured(notebook, folder, "return os.listdir('../shared')")
    assert caught.value.hint == (
        "Copy ../shared to shared, include it with --include shared, and write 'shared' instead of "
        "'../shared'."
    )


def test_the_parent_folder_is_not_to_be_copied(folder: Path, notebook: Notebook) -> None:
    with pytest.raises(CaptureError, match=r"the code reads \.\./\*, which is outside") as caught:
        captured(notebook, folder, "return open(os.path.join('..', name)).read()")
    assert caught.value.hint.startswith("Move the files to a folder next to the notebook")


def test_a_linked_folder_needs_the_option(folder: Path, notebook: Notebook) -> None:
    (folder / "linked").symlink_to(folder.parent / "shared")
    with pytest.raises(CaptureError, match="outside the notebook's folder") as caught:
        captured(notebook, folder, "return os.listdir('linked')")
    assert caught.value.hint == "Include it: --include linked"
    found = captured(notebook, folder, "return os.listdir('linked')", includes=[Path("linked")])
    assert set(found.includes) == {"linked/x.json"}


@pytest.mark.parametrize(
    "code",
    [
        "open('words.txt').read()",
        "(Path(__file__).parent / 'words.txt').read_text()",
        "open(os.path.join(os.path.dirname(__file__), 'words.txt')).read()",
    ],
)
def test_files_that_a_module_reads_travel(
    code: str, folder: Path, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"words_{abs(hash(code))}"
    text = f"import os\nfrom pathlib import Path\n\ndef words():\n    return {code}\n"
    write(folder / f"{module}.py", text)
    monkeypatch.syspath_prepend(folder)
    found = captured(notebook, folder, f"return {module}.words()", f"import {module}")
    assert set(found.includes) == {f"{module}.py", "words.txt"}


def test_a_large_folder_that_a_module_reads_is_not_refused(
    folder: Path, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "rules" / "large.bin").write_bytes(bytes(10_000_001))
    write(
        folder / "mine_of_rules.py", "import os\ndef all(): return os.listdir('rules')\ndef n(): 3"
    )
    monkeypatch.syspath_prepend(folder)
    found = captured(notebook, folder, "return mine_of_rules.n()", "import mine_of_rules")
    assert set(found.includes) == {"mine_of_rules.py"}


@pytest.mark.parametrize(
    "code",
    [
        "text.split('/')",
        "text.replace('/tmp', '')",
        "'/'.join(text)",
        "redirect('/home/')",
        "fetch(f'/usr/{text}')",
        "format_date(text, '%Y/%m/%d')",
    ],
)
def test_text_with_slashes_is_not_a_folder(code: str, folder: Path, notebook: Notebook) -> None:
    cells = "redirect = fetch = print\ndef format_date(*parts): return parts"
    body = f"def iris(text):\n    return {code}"
    notebook.run(cells)
    assert notebook.capture(body, root=folder).includes == {}


def test_a_huge_folder_that_may_be_an_address_is_left_out(folder: Path, notebook: Notebook) -> None:
    for number in range(501):
        write(folder / "api" / f"{number}.json")
    notebook.run("def fetch(address): return address")
    body = "def iris(text):\n    return fetch(f'api/{text}')"
    assert notebook.capture(body, root=folder).includes == {}
