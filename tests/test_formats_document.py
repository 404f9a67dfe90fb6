"""docs/formats.md is true."""

import json
import re
from pathlib import Path

import msgspec

from engine.exports import SETS, TABLES, tables
from engine.imports import FORMATS, import_file, recognise
from engine.imports.plain import PlainTree, Step

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_the_example_of_plain_json_is_imported_as_it_reads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    json.loads(example)
    (tmp_path / "example.json").write_text(example, encoding="utf-8")
    run = import_file(tmp_path / "example.json", tmp_path / "run", recognise(tmp_path / "example.json"))
    tree = run.tree(0)
    assert tree.chosen is not None and tree.chosen.correct and tree.chosen.answer == "4 * 6"
    assert [(n.reward, n.mark) for n in tree.nodes[1:]] == [(0.97, None), (0.02, "dropped")]


def test_every_format_table_set_and_field_is_described() -> None:
    described = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", DOCUMENT, flags=re.DOTALL)))
    fields = {field.name for kind in (PlainTree, Step) for field in msgspec.structs.fields(kind)}
    assert {*FORMATS, *SETS, *fields} <= described
    assert all(f"--as {what}" in DOCUMENT or f"`{what}`" in DOCUMENT for what in TABLES)
    for column in tables.NODES:
        if not column.endswith(("tokens", "flops", "seconds")):
            assert re.search(rf"\b{column}\b", DOCUMENT), column
