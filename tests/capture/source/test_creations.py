"""Objects that the action creates by the notebook's own statements."""

from __future__ import annotations

import textwrap

import pytest

from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook


def loaded(notebook: Notebook, name: str = "made") -> object:
    captured = notebook.capture(f"def iris():\n    return {name}")
    assert [item.why for item in captured.items if item.name == name] == [
        "used by iris, line 3: created again"
    ]
    namespace: dict[str, object] = {}
    exec(captured.captured_source, namespace)
    return namespace[name]


def cells(notebook: Notebook, *texts: str) -> None:
    for text in texts:
        notebook.run(textwrap.dedent(text))


@pytest.mark.parametrize(
    ("created", "kind"),
    [
        ("import threading\nmade = threading.Lock()", "lock"),
        ("import queue\nmade = queue.Queue(3)", "Queue"),
        (
            "from concurrent.futures import ThreadPoolExecutor\nmade = ThreadPoolExecutor(2)",
            "ThreadPoolExecutor",
        ),
        ("made = memoryview(b'abc')", "memoryview"),
        ("from collections import ChainMap\nmade = ChainMap({'a': 1}, {'b': 2})", "ChainMap"),
        ("import jinja2\nmade = jinja2.Template('Dear {{ name }}')", "Template"),
        ("import jinja2\nmade = ['-', jinja2.Template('Dear ' + '{{ name }}')]", "list"),
        (
            "import jinja2\nTEXTS = {'a': 'Dear {{ name }}'}\n"
            "made = {key: jinja2.Template(text + '!') for key, text in TEXTS.items()}",
            "dict",
        ),
        (
            "import jsonschema\nSCHEMA = {'type': 'integer'}\n"
            "made = jsonschema.Draft202012Validator(SCHEMA)",
            "Draft202012Validator",
        ),
        (
            "import pydantic\nclass Item(pydantic.BaseModel):\n    n: int\n"
            "made = pydantic.TypeAdapter(list[Item])",
            "TypeAdapter",
        ),
    ],
)
def test_object_is_created_again(created: str, kind: str, notebook: Notebook) -> None:
    notebook.run(created)
    made = loaded(notebook)
    assert type(made).__name__ == kind
    assert made is not notebook.namespace["made"]


def test_object_is_set_up_again_in_order(notebook: Notebook) -> None:
    cells(
        notebook,
        "import jinja2\nmade = jinja2.Environment()",
        "shout = lambda text: text.upper() + '!'",
        "made.filters['shout'] = shout\nmade.globals.update(greeting='Hi')",
        "print(made)",
    )
    text = "{{ greeting }} {{ name | shout }}"
    made = loaded(notebook)
    assert made.from_string(text).render(name="ann") == "Hi ANN!"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        (
            ("import subprocess\nmade = subprocess.Popen(['true'])\nmade.wait()",),
            "Popen",
        ),
        (("import requests\nmade = requests.Session()",), "Session"),
        (("import threading\ndef new():\n    return threading.Lock()\nmade = new()",), "lock"),
        (
            (
                "import jinja2\ntext = 'a'\nmade = jinja2.Template(text)",
                "text = 'b'",
            ),
            "Template",
        ),
        (
            (
                "import jinja2\nTEXTS = {'a': 'b'}\n"
                "made = [jinja2.Template(one + '!') for one in TEXTS.values()]",
                "TEXTS['a'] = 'c'",
            ),
            "Template",
        ),
        (
            ("import jinja2\ndef new():\n    return jinja2.Template('a' * 9)\nmade = [new()]",),
            "Template",
        ),
        (
            (
                "from collections import ChainMap\nmade = ChainMap({})",
                "for name in 'ab':\n    made[name] = 1",
            ),
            "ChainMap",
        ),
        (
            (
                "from collections import ChainMap\nmade = ChainMap({})\ndef fill(it): it['a'] = 1",
                "fill(made)",
            ),
            "ChainMap",
        ),
        (
            (
                "from collections import ChainMap\nmade = ChainMap({})\nrows = [{'a': 1}]",
                "for row in rows:\n    made.maps.append(row)",
            ),
            "ChainMap",
        ),
        (
            (
                "from collections import ChainMap\nmade = ChainMap({})",
                "made.setdefault('a', 1)",
            ),
            "ChainMap",
        ),
        (
            (
                "from collections import ChainMap\nmade = ChainMap({})\n"
                "def fill():\n    made['a'] = 1",
                "fill()",
            ),
            "ChainMap",
        ),
    ],
    ids=[
        *("process", "connection", "function", "other text", "changed texts", "made elsewhere"),
        *("loop", "passed to a function"),
        *("method in a loop", "method", "function that uses it"),
    ],
)
def test_object_that_may_differ_is_refused(
    texts: tuple[str, ...], what: str, notebook: Notebook
) -> None:
    cells(notebook, *texts)
    with pytest.raises(CaptureError, match=f"made (?:is|cannot be) .*{what}") as caught:
        notebook.capture("def iris():\n    return made")
    assert caught.value.hint == "Create made inside the function."


def test_use_of_an_object_does_not_change_it(notebook: Notebook) -> None:
    cells(
        notebook,
        "import threading\nmade = threading.Lock()",
        "def guarded():\n    with made:\n        return 1\nprint(guarded())",
        "made.acquire()\nmade.release()",
    )
    assert type(loaded(notebook)).__name__ == "lock"


def test_a_template_of_an_environment_is_created_with_it(notebook: Notebook) -> None:
    cells(
        notebook,
        "import jinja2\nenv = jinja2.Environment()",
        "env.filters['loud'] = lambda s: s.upper() + '!'",
        "made = env.from_string('Hello {{ name | loud }}')",
        "made.render(name='Ada')",
    )
    assert loaded(notebook).render(name="Ada") == "Hello ADA!"  # type: ignore[attr-defined]  # a template
