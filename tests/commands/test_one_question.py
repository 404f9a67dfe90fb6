from pathlib import Path

import pytest

from tests.commands.said import Command


def test_solving_one_question_prints_its_tree_and_logs_nothing(
    arbutus: Command, models: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = arbutus("solve", "make 24 from 10, 6, 5, 4", "--strategy", "mcts", "--n", 3, "--set", "c=0.5", *models)
    assert said.code == 0
    assert said.out.startswith("Make 24 from 4 5 6 10\n") and "policy tokens" in said.out.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("24", "got '24', expected a question such as 'Make 24 from 4 5 6 10'"),
        ("Make 24 from", "got 0 numbers, expected 2 to 6"),
        ("Make 24 from " + "1 " * 40, "got 40 numbers, expected 2 to 6"),
        ("Make 24 from 4 x 6", "bad number: got 'x', expected a number such as 7, 2/3 or 1.5"),
        ("Make [/b] from 4 6", "bad target: got '[/b]', expected a number such as 7, 2/3 or 1.5"),
    ],
)
def test_a_question_that_is_none_gets_a_sentence_and_code_1(
    arbutus: Command, models: list[object], question: str, message: str
) -> None:
    said = arbutus("solve", question, *models)
    assert (said.code, said.out) == (1, "")
    assert said.err == f"error {message}" + (said.err[len(f"error {message}") :])
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strategy", "[/magic]"], "got strategy '[/magic]', expected one of: greedy"),
        (["--task", "chess"], "got task 'chess', expected one of: countdown"),
        (["--problems", "tot-99"], "got problems 'tot-99', expected one of tot-100"),
        (["--problems", "none.jsonl"], "none.jsonl: can't be read"),
        (
            ["--problems", "tot-100", "--problem", "none"],
            "got --problem 'none', expected an id of tot-100 such as '24-",
        ),
        (["--problem", "x", "--question", "Make 24 from 4 6"], "got --question and --problem, expected one of them"),
        (["--set", "breadth=4"], "strategy 'beam' has no parameter 'breadth'; it has: n, width"),
        (["--set", "width"], "got --set 'width', expected a name and a value such as width=4 or aggregate=min"),
        (["--set", "width=wide"], "got width='wide' for 'beam', expected a whole number of at least 1"),
        (["--set", "aggregate=sum"], "got aggregate='sum' for 'beam', expected one of: last, min, prod, mean"),
        (["--set", "n=inf"], "got n=inf for 'beam', expected a whole number of at least 1"),
        (["--n", 0], "got n=0 for 'beam', expected a whole number of at least 1"),
        (
            ["--policy", "no-such"],
            "got model 'no-such', expected one of countdown-policy, words-policy, a folder with",
        ),
        (["--prm", "no-such"], "got model 'no-such', expected one of countdown-prm, countdown-prm-naive, words-prm"),
        (
            ["--money", 1],
            "got a budget of money, but no price of anything that this search uses; give prices a million",
        ),
        (["--device", "abacus"], "got device 'abacus', expected auto, cuda, cuda:1, mps or cpu"),
    ],
)
def test_a_wrong_argument_gets_a_sentence_that_says_what_was_expected(
    arbutus: Command, beam: list[object], arguments: list[object], message: str
) -> None:
    said = arbutus(*beam, *arguments)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error ") and message in said.err and said.err.count("\n") == 1
    assert not Path(str(beam[-1])).exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["dance"],
        ["run", "--out", "x", "--n", "many"],
        ["run", "--out", "x", "--tokens", "0"],
        ["run", "--out", "x", "--temperature", "-1"],
        ["run", "--out", "x", "--nonsense"],
        ["train", "nothing"],
    ],
)
def test_wrong_usage_ends_with_code_2(arbutus: Command, arguments: list[str]) -> None:
    said = arbutus(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err
