import csv
from pathlib import Path

import pytest

from tests.commands.said import Command
from tests.measure.logged import PRM, write_run
from tests.measure.prm.stepping import Solution, a_tree_of

RIGHT: Solution = [(0.9, True), (0.8, True)]
WRONG: Solution = [(0.7, True), (0.3, False)]
FOOLED: Solution = [(0.9, True), (0.95, False)]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two PRMs, one of them fooled, over three problems, and a run without a PRM."""
    for name, wrong in (("good", WRONG), ("naive", FOOLED)):
        for n in (1, 2):
            trees = [a_tree_of(f"{i} {i}", [RIGHT, wrong][:n], chosen=n - 1) for i in range(3)]
            place = tmp_path / "runs" / f"{name}-{n}"
            write_run(place, trees, "best-of-n", prm={**PRM, "id": name}, parameters={"n": n})
    write_run(tmp_path / "runs" / "votes", [a_tree_of("0 0", [RIGHT])], "self-consistency", prm=None)
    return tmp_path / "runs"


def test_the_quality_of_each_prm_is_told_in_words_with_what_it_rests_on(arbutus: Command, runs: Path) -> None:
    said = arbutus("prm", runs)
    assert said.code == 0 and said.err == ""
    assert "4 runs; 1 without a PRM left out. Truth: exact labels. A step counts once a problem and prefix." in said.out
    good, naive = said.out.split("\nnaive\n")
    assert "12 steps of 3 problems (18 were drawn), 75.0% good\n" in good
    assert "AUC 1.000" in good and "AUC 0.000" in naive
    assert "F1 100.0% (100.0% to 100.0%); located in 100.0% of 3 erroneous solutions" in good
    assert "located in 0.0% of 3 erroneous solutions" in naive
    assert "best of k from one pool" in naive and "by the budget of the search" in naive


def test_the_same_as_json_has_every_table_and_null_for_what_is_missing(arbutus: Command, runs: Path) -> None:
    said = arbutus("prm", runs, "--json")
    assert said.code == 0
    found = said.json
    assert found["truth"] == "exact labels" and len(found["runs"]) == 4 and len(found["runs_without_prm"]) == 1
    naive = found["prms"]["naive"]
    assert [point["proxy"] for point in naive["pool"]] == pytest.approx([0.875, 0.95])
    assert [point["accuracy"] for point in naive["pool"]] == [0.5, 0.0]
    assert [point["n"] for point in naive["budget"]] == [1, 2]
    assert naive["reliability"][0]["observed"] is None and naive["reliability"][0]["count"] == 0
    assert {"first_error", "by_depth", "distribution"} <= set(naive)


def test_the_tables_are_written_as_one_csv(arbutus: Command, runs: Path, tmp_path: Path) -> None:
    said = arbutus("prm", runs / "good-2", runs / "naive-2", "--out", tmp_path / "prm.csv")
    assert said.code == 0 and "wrote" in said.err
    with (tmp_path / "prm.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["prm"] for row in rows} == {"good", "naive"}
    tables = {"numbers", "reliability", "first_error", "by_depth", "distribution", "pool", "budget"}
    assert {row["table"] for row in rows} == tables
    numbers = [row for row in rows if row["table"] == "numbers"]
    assert [float(row["auc"]) for row in numbers] == [1.0, 0.0]
    assert all(row["k"] == "" for row in numbers)


def test_the_figures_are_written_as_a_page_that_fetches_nothing(arbutus: Command, runs: Path, tmp_path: Path) -> None:
    said = arbutus("prm", runs, "--out", tmp_path / "prm.html")
    assert said.code == 0 and "wrote" in said.err
    page = (tmp_path / "prm.html").read_text(encoding="utf-8")
    body = page[page.index("<body>") :]
    assert "Truth: exact labels." in body and "12 steps of 3 problems" in body
    assert body.count("Plotly.newPlot(") == 1 + 2 + 2 * 3
    assert "src=" not in body and "http" not in body.replace("https://plotly.com", "")


def test_rollouts_take_the_place_of_exact_labels(arbutus: Command, runs: Path, tmp_path: Path) -> None:
    labels = tmp_path / "x.labels.jsonl"
    head = '{"labels": 1, "rollouts": 4, "policy": {"id": "tiny-policy"}}\n'
    line = '{"question": "Make 24 from 0 0", "steps": ["step 0.0"], "rollouts": 4, "right": 0}\n'
    labels.write_text(head + line)
    found = arbutus("prm", runs / "good-2", "--labels", labels, "--json").json
    assert found["truth"] == "4 rollouts a step by tiny-policy, good if any was right"
    numbers = found["prms"]["good"]
    assert (numbers["counted"], numbers["good"], numbers["without_truth"]) == (1, 0.0, 11)
    assert (numbers["agreement"], numbers["good_called_bad"], numbers["bad_called_good"]) == (0.0, 1.0, None)
    text = arbutus("prm", runs / "good-2", "--labels", labels).out
    assert "11 steps without a known truth" in text and "agree on 0.0% of 1 unfinished steps" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: got no run there"),
        (["runs/votes"], "no run there had a PRM, so there is none to judge"),
        (["runs", "--out", "x.pdf"], "expected a name that ends in .csv or .html"),
        (["runs", "--labels", "none.jsonl"], "none.jsonl: can't be read"),
        (["runs", "--out", "no/such/folder/x.csv"], "x.csv: can't be written"),
    ],
)
def test_what_is_wrong_is_named(
    arbutus: Command, runs: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    words = [tmp_path / word if not word.startswith("--") else word for word in arguments]
    said = arbutus("prm", *words)
    assert said.code == 1 and message in said.err
