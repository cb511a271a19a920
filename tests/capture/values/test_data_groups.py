from __future__ import annotations

from tests.capture.helpers.notebook import Notebook


def test_objects_with_a_common_object_are_written_together(notebook: Notebook) -> None:
    notebook.run(
        "import xml.etree.ElementTree as ET\nroot = ET.fromstring('<a><b/></a>')\nb = root[0]"
    )
    captured = notebook.capture("def f():\n    b.text = 'x'\n    return root[0].text")
    assert list(captured.data) == ["b_objects.json"]
    assert "root = b_objects[1]" in captured.captured_source
    whys = {item.name: item.why for item in captured.items}
    assert "shares objects with b" in whys["root"]


def test_separate_objects_are_written_separately(notebook: Notebook) -> None:
    notebook.run("import xml.etree.ElementTree as ET\na, b = ET.Element('a'), ET.Element('b')")
    captured = notebook.capture("def f():\n    return ET.tostring(a) + ET.tostring(b)")
    assert sorted(captured.data) == ["a.json", "b.json"]


def test_names_of_parts_have_no_addresses(notebook: Notebook) -> None:
    notebook.run("import xml.etree.ElementTree as ET\nroot = ET.fromstring('<a><b/></a>')")
    notebook.run("parents = {child: root for child in root}")
    captured = notebook.capture("def f():\n    return len(parents)")
    assert "0x" not in captured.captured_source
