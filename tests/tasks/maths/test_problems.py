"""Problems from files and from the hub, and what is said of rows that are none."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pytest

from engine.protocol import ArbutusError
from engine.tasks.maths.task import AIME, GSM8K, JSONL, MATH

ROOT = Path(__file__).resolve().parents[3]
ROWS = [
    {"question": "What is 1 + 1?", "answer": "1 + 1 = 2\n#### 2"},
    {"question": "And a thousand and one?", "answer": "#### 1,001"},
]


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    match path.suffix:
        case ".jsonl":
            path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
        case ".json":
            path.write_text(json.dumps(rows), encoding="utf-8")
        case ".csv":
            pd.DataFrame(rows).to_csv(path, index=False)
        case ".parquet":
            pd.DataFrame(rows).to_parquet(path)
    return str(path)


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "parquet"])
def test_a_file_of_any_kind_gives_the_same_problems(tmp_path: Path, kind: str) -> None:
    problems = GSM8K.problems(write(tmp_path / f"some.{kind}", ROWS))
    assert [(p.id, p.answer) for p in problems] == [("gsm8k-0", "2"), ("gsm8k-1", "1001")]


def test_level_and_subject_are_kept(tmp_path: Path) -> None:
    row = {"problem": "?", "solution": "so \\boxed{4}", "level": "Level 3", "subject": "Algebra", "unique_id": "test/7"}
    (problem,) = MATH.problems(write(tmp_path / "some.jsonl", [row]))
    assert (problem.id, problem.answer, dict(problem.meta)) == ("test/7", "4", {"level": 3, "subject": "Algebra"})


@pytest.mark.parametrize(
    "row",
    [{"input": "?", "target": 4}, {"prompt": "?", "expected": "4"}, {"problem": "?", "answer": "$4$", "extra": []}],
)
def test_usual_names_of_fields_are_understood(tmp_path: Path, row: dict[str, Any]) -> None:
    (problem,) = JSONL.problems(write(tmp_path / "some.jsonl", [row]))
    assert (problem.question, problem.answer) == ("?", "4")


def test_ids_that_repeat_are_told_apart(tmp_path: Path) -> None:
    rows = [{"question": str(i), "answer": "1", "id": "same"} for i in range(2)]
    assert [p.id for p in JSONL.problems(write(tmp_path / "some.jsonl", rows))] == ["0-same", "1-same"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"question": "?"}', r"some\.jsonl:1: got the fields question, expected a answer: one of answer, "),
        ('{"question": "?", "answer": "4"}\nnot JSON', r"some\.jsonl:2: not JSON"),
        ('{"question": " ", "answer": "4"}', r"some\.jsonl:1: got an empty question"),
        ('{"question": "?", "answer": ["4"]}', r"some\.jsonl:1: got a list for answer"),
        ("[1]", r"some\.jsonl:1: got a list, expected an object"),
        ("", r"got no problems"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ArbutusError, match=message):
        JSONL.problems(str(file))


@pytest.mark.parametrize("name", ["no-such.jsonl", "nothing", "a b/c", "broken.parquet"])
def test_what_is_no_file_and_no_id_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.parquet").write_bytes(b"nothing")
    with pytest.raises(ArbutusError, match=name):
        JSONL.problems(name)


def test_a_typed_question_has_no_key_and_no_verdict() -> None:
    problem = MATH.read(" What is 1 + 1? ")
    assert problem.question == "What is 1 + 1?" and MATH.correct(problem, ["\\boxed{2}"]) is None
    with pytest.raises(ArbutusError, match="empty question"):
        MATH.read(" ")


def test_equal_answers_get_one_name() -> None:
    problem = MATH.read("?")
    known: list[str] = []
    for text in ("\\boxed{\\frac12}", "\\boxed{0.5}", "\\boxed{1/2}", "\\boxed{2}", "nothing"):
        answer = MATH.answer(problem, [text], known)
        if answer is not None and answer not in known:
            known.append(answer)
    assert known == ["\\frac12", "2"]


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as is asked for: the list of a data set's files, and the files."""

    files: ClassVar[dict[str, bytes]] = {
        "main/test-00000-of-00001.jsonl": "\n".join(map(json.dumps, ROWS)).encode(),
        "main/train-00000-of-00001.jsonl": json.dumps(ROWS[0]).encode(),
        "README.md": b"#",
    }

    def do_GET(self) -> None:
        self.answer(body=True)

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        name = path.partition("/resolve/")[2].partition("/")[2]
        if path.startswith("/api/datasets/some/set/tree/"):
            files = [{"type": "file", "path": f, "size": len(data), "oid": "0" * 40} for f, data in self.files.items()]
            self.send(json.dumps(files).encode(), body)
        elif path.startswith("/api/datasets/some/set"):
            self.send(json.dumps({"id": "some/set", "sha": "0" * 40, "siblings": []}).encode(), body)
        elif name in self.files:
            self.send(self.files[name], body, {"ETag": f'"{hash(name)}"', "X-Repo-Commit": "0" * 40})
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def send(self, data: bytes, body: bool, headers: dict[str, str] | None = None) -> None:
        self.send_response(200)
        for key, value in {
            "Content-Length": str(len(data)),
            "Content-Type": "application/json",
            **(headers or {}),
        }.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def ask(endpoint: str, home: Path, name: str) -> str:
    """What a process that knows only this hub says of the problems called `name`."""
    code = (
        "import sys; from engine.protocol import ArbutusError; from engine.tasks.maths.task import GSM8K\n"
        "try: print([p.answer for p in GSM8K.problems(sys.argv[1])])\n"
        "except ArbutusError as error: print('refused:', error)"
    )
    known = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_ETAG_TIMEOUT": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code, name],
        cwd=ROOT,
        env=os.environ | known,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_data_set_on_the_hub_is_fetched_once_and_then_read_without_it(hub: str, tmp_path: Path) -> None:
    assert ask(hub, tmp_path, "some/set/main:test") == "['2', '1001']"
    assert ask(hub, tmp_path, "some/set:train") == "['2']"
    assert ask("http://127.0.0.1:9", tmp_path, "some/set/main:test") == "['2', '1001']"


def test_what_the_hub_lacks_is_said(hub: str, tmp_path: Path) -> None:
    assert "no files of split 'dev'; the data set has: main/test-" in ask(hub, tmp_path, "some/set:dev")
    assert "no such data set on the hub" in ask(hub, tmp_path, "other/set")
    assert "the hub can't be reached" in ask("http://127.0.0.1:9", tmp_path, "some/set")


def test_every_task_names_its_sets() -> None:
    assert [list(t.problem_sets()) for t in (GSM8K, MATH, AIME, JSONL)] == [
        ["test", "train"], ["math-500"], ["aime-2024"], [],
    ]  # fmt: skip
