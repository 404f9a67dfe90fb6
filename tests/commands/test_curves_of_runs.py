import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from engine.commands import curve_report
from engine.figures.style import LOOKS
from engine.measure.table import COLUMNS
from engine.runs import Run, find_runs
from tests.commands.said import Command
from tests.measure.logged import a_tree, write_run, write_sweep

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLES = re.findall(r"^python -m engine curves .*$", (DOCS / "measures.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sweep(tmp_path_factory.mktemp("curves") / "sweep", ns=(1, 4, 16))


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two strategies over problems of two levels; the sampled ones are solved by all, half or none of four."""
    folder = tmp_path_factory.mktemp("levels")
    for strategy in ("beam", "best-of-n"):
        trees = [
            a_tree(f"{i}-{i}", [j < right for j in range(4)], level=1 + (i > 2))
            for i, right in enumerate((4, 4, 2, 2, 0, 0))
        ]
        write_run(folder / strategy, trees, strategy)
    return folder


def table(file: Path) -> pd.DataFrame:
    rows = pd.read_csv(file)
    assert list(rows.columns) == COLUMNS
    return rows


def test_a_csv_has_every_number_with_its_interval_and_what_it_rests_on(
    arbutus: Command, sweep: Path, tmp_path: Path
) -> None:
    said = arbutus("curves", sweep, "--x", "tokens", "--reach", 0.6, "--against", "beam", "--out", tmp_path / "c.csv")
    assert said.code == 0 and said.err == f"wrote {tmp_path / 'c.csv'}\n"
    rows = table(tmp_path / "c.csv")
    assert set(rows["unit"]) == {"tokens"}
    assert set(rows["kind"]) == {"point", "reach", "area", "difference"}
    points = rows[rows["kind"] == "point"]
    assert (points["low"] <= points["y"]).all() and (points["y"] <= points["high"]).all()
    assert (points["problems"] == 6).all() and (points["seeds"] == 2).all()
    told = points[points["measure"] == "accuracy"].groupby("line")["estimator"].unique().map(list)
    assert told.to_dict() == {"beam": ["measured"], "best-of-n": ["from one pool, exact"], "greedy": ["measured"]}
    assert points.loc[points["measure"] == "accuracy", "front_share"].notna().all()
    reach = rows[rows["kind"] == "reach"].set_index("line")
    assert reach.loc["beam", "x"] > 0 and pd.isna(reach.loc["greedy", "x"])
    differences = rows[rows["kind"] == "difference"]
    assert set(differences["line"]) == {"beam"} and differences[["p", "p_holm", "low", "high"]].notna().all(axis=None)
    assert (differences["p_holm"] >= differences["p"]).all()


def test_what_is_printed_says_what_was_not_reached(arbutus: Command, sweep: Path) -> None:
    said = arbutus("curves", sweep, "--reach", 0.6)
    assert said.code == 0
    assert "Compute to reach 60 %, policy tokens per problem" in said.out
    assert "not reached" in next(line for line in said.out.splitlines()[12:] if line.strip().startswith("greedy"))
    assert "from one pool, exact" in said.out


def test_json_stands_alone_on_standard_output(arbutus: Command, sweep: Path) -> None:
    said = arbutus("curves", sweep, "--json")
    assert (said.code, said.err) == (0, "")
    assert {row["kind"] for row in said.json} == {"point", "area"}
    assert set(said.json[0]) == set(COLUMNS)


def test_a_page_and_a_picture_are_drawn_without_a_browser(arbutus: Command, sweep: Path, tmp_path: Path) -> None:
    for name in ("c.html", "deep/er/c.png"):
        said = arbutus("curves", sweep, "--anytime", "--coverage", "--out", tmp_path / name)
        assert said.code == 0, said.err
    assert "Plotly.newPlot" in (tmp_path / "c.html").read_text(encoding="utf-8")
    with Image.open(tmp_path / "deep" / "er" / "c.png") as image:
        assert image.width >= 1000


def test_two_sets_of_problems_never_share_a_plot(sweep: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "other", [a_tree("7-7", [True])], "beam", problem_set="held-150")
    runs = {path.name: Run.open(path) for path in [*find_runs(sweep), tmp_path / "other"]}
    asked = curve_report.Asked()
    drawn = curve_report.panels(curve_report.report(runs, asked), asked, lines=None, coverage=True)
    assert [panel.title for panel in drawn] == ["held-150", "tot-100"]
    assert len(drawn[1].lines) > len(drawn[0].lines) > 0
    assert "tot-100" not in " ".join(drawn[0].notes) and "held-150" not in " ".join(drawn[1].notes)


def test_lines_that_are_not_named_stay_grey(arbutus: Command, sweep: Path, tmp_path: Path) -> None:
    arbutus("curves", sweep, "--lines", "beam", "--lines", "greedy", "--out", tmp_path / "c.html")
    text = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert LOOKS["beam"].colour in text and LOOKS["best-of-n"].colour not in text


def test_seeds_are_averaged_or_a_line_each(arbutus: Command, sweep: Path) -> None:
    def lines(*options: object) -> set[Any]:
        rows = arbutus("curves", sweep, "--json", "--estimate", "none", *options).json
        return {(row["line"], row["seeds"]) for row in rows if row["kind"] == "point" and row["strategy"] == "beam"}

    assert lines() == {("beam", 2)}
    assert lines("--seeds", "each") == {("beam · seed=0", 1), ("beam · seed=1", 1)}


def test_one_pool_gives_every_estimator_and_with_another_aggregate_if_wanted(
    arbutus: Command, sweep: Path, tmp_path: Path
) -> None:
    said = arbutus("curves", sweep, "--estimate", "all", "--aggregate", "min", "--out", tmp_path / "c.csv")
    assert said.code == 0, said.err
    rows = table(tmp_path / "c.csv")
    votes = rows[(rows["kind"] == "point") & (rows["strategy"] == "self-consistency")]
    assert votes["prm"].isna().all() and set(votes["n"]) == {1, 2, 4, 8, 16}
    assert set(rows.loc[rows["strategy"] == "weighted-best-of-n", "params"].dropna()) == {"aggregate=min"}


def test_anytime_curves_are_replayed_from_the_largest_runs(arbutus: Command, sweep: Path) -> None:
    rows = [row for row in arbutus("curves", sweep, "--anytime", "--json").json if row["kind"] == "anytime"]
    assert {row["line"] for row in rows} == {"greedy, n = 1", "beam, n = 16", "best-of-n, n = 16"}
    assert {row["estimator"] for row in rows} == {"anytime, replayed from the log"}
    assert {row["measure"] for row in rows} == {"accuracy", "coverage"}


def test_curves_come_by_how_problems_were_made_or_how_hard_the_policy_finds_them(
    arbutus: Command, levels: Path
) -> None:
    def parts(*options: object) -> dict[str, int]:
        said = arbutus("curves", levels, "--json", *options)
        assert said.code == 0, said.err
        return {row["difficulty"]: row["problems"] for row in said.json if row["difficulty"]}

    assert parts("--by", "level") == {"level 1": 3, "level 2": 3}
    hard = {"1 of 3, pass@1 0%": 2, "2 of 3, pass@1 50%": 2, "3 of 3, pass@1 100%": 2}
    assert parts("--by", "pass-rate", "--parts", 3) == hard
    assert parts("--by", "pass-rate", "--parts", 3, "--pools", levels / "best-of-n") == hard


def test_prices_put_money_on_the_axis(arbutus: Command, sweep: Path) -> None:
    rows = arbutus("curves", sweep, "--x", "money", "--price", "policy=2", "--price", "prm=1", "--json").json
    greedy = next(row for row in rows if row["line"] == "greedy")
    assert greedy["x"] == pytest.approx((2 * 20 + 1 * 30) / 1e6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--x", "watts"], "got --x 'watts', expected one of: completions"),
        (["--x", "money"], "give prices: --price policy=0.6"),
        (["--estimate", "some"], "expected one of: none, own, all"),
        (["--seeds", "2"], "expected one of: mean, each"),
        (["--aggregate", "median"], "expected one of: last, min, prod, mean"),
        (["--by", "colour"], "expected one of: pass-rate, level, steps, subject"),
        (["--by", "level"], "these problems don't say theirs; try --by pass-rate"),
        (["--reach", "80"], "got --reach 80.0, expected a share"),
        (["--against", "bean"], "got --against 'bean', expected one of: beam, best-of-n, greedy"),
        (["--lines", "bean", "--out", "curves.png"], "got --lines 'bean', expected one of: greedy, best-of-n, beam"),
        (["--price", "gpu=1"], "got a price for 'gpu'"),
        (["--out", "curves.pdf"], r"expected a name that ends in one of: .csv, .html, .png"),
    ],
)
def test_what_cannot_be_had_is_said_in_words(
    arbutus: Command, sweep: Path, options: list[object], message: str
) -> None:
    said = arbutus("curves", sweep, *options)
    assert said.code == 1
    assert message in said.err.replace("\n", " ")


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_documentation_work(
    arbutus: Command, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sample_runs").symlink_to(DOCS.parent / "sample_runs")
    monkeypatch.chdir(tmp_path)
    words = example.split("#", maxsplit=1)[0].split()
    said = arbutus(*words[words.index("curves") :])
    assert said.code == 0, said.err
    assert "--out" not in words or Path(words[-1]).stat().st_size > 1000


def test_folders_without_runs_and_difficulty_without_pools_are_said_in_words(
    arbutus: Command, levels: Path, tmp_path: Path
) -> None:
    assert "got no run there" in arbutus("curves", tmp_path).err
    assert "name one with --pools" in arbutus("curves", levels / "beam", "--by", "pass-rate").err.replace("\n", " ")
