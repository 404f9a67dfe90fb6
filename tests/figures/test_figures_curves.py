import re
from math import log10
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.figures.spark import spark
from engine.figures.curves import draw, plot_curves
from engine.figures.curves_info import GPT4, GPT4_NOTE, Baseline, amount, info, log_ticks, set_name
from engine.figures.labels import HEIGHT, LETTER, placed, right_end
from engine.figures.style import GREY, LOOKS, SYMBOLS, looks
from engine.measure import curve, frame
from engine.measure.lines import lines, pareto
from engine.runs import Run, find_runs
from engine.search import STRATEGIES
from tests.measure.logged import a_tree, write_run, write_sweep


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = write_sweep(tmp_path_factory.mktemp("runs") / "sweep")
    return frame(Run.open(path) for path in find_runs(folder))


def texts(figure: go.Figure) -> str:
    return " ".join(annotation.text.replace("<br>", " ") for annotation in figure.layout.annotations)


def line_traces(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.customdata is not None]


def test_a_figure_has_one_line_a_strategy_on_a_log_axis_with_colours_and_symbols_of_their_own(
    rows: pd.DataFrame,
) -> None:
    figure = plot_curves(curve(rows, x="completions"), x="completions")
    lines = line_traces(figure)
    assert [line.name for line in lines] == ["greedy", "best-of-n", "beam"]
    assert not any(line.line.dash for line in lines)
    assert len({line.line.color for line in lines}) == 3
    assert len({line.marker.symbol for line in lines}) == 3
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.xaxis.title.text == "completions per problem"
    assert list(lines[1].x) == [1, 4, 16]


def test_a_strategy_looks_the_same_whatever_it_is_shown_with(rows: pd.DataFrame) -> None:
    points = curve(rows)
    assert looks(points)["beam"] == looks(points[points["line"] == "beam"])["beam"] == LOOKS["beam"]


def test_two_lines_of_one_strategy_look_different(tmp_path: Path) -> None:
    for prm in ("good", "naive"):
        write_run(tmp_path / prm, [a_tree("1-1", [True])], prm={"id": prm})
    points = curve(frame(Run.open(path) for path in find_runs(tmp_path)))
    assert len(set(looks(points).values())) == 2


def test_of_as_many_lines_as_there_are_strategies_no_two_look_alike() -> None:
    names = [*LOOKS, *(f"x{i}" for i in range(30))]
    given = looks(pd.DataFrame({"line": names, "strategy": names}))
    assert len(given) == len(set(given.values())) == len(names)
    solid = [look.colour for look in given.values() if not look.dotted]
    assert len(solid) == len(set(solid)), "a colour that comes again is dotted"


def test_plotly_knows_every_symbol_filled_and_open() -> None:
    for symbol in (*SYMBOLS, *(look.symbol for look in LOOKS.values())):
        go.Scatter(marker={"symbol": symbol})
        go.Scatter(marker={"symbol": symbol + "-open"})


def test_every_strategy_has_a_look_of_its_own() -> None:
    assert set(STRATEGIES) <= set(LOOKS)
    assert len(set(LOOKS.values())) == len(LOOKS)


def test_more_lines_than_looks_are_still_drawn() -> None:
    many = pd.DataFrame({"line": [f"x{i}" for i in range(200)], "strategy": "x"})
    assert len(looks(many)) == 200


def test_what_the_numbers_rest_on_is_stated_on_the_plot(rows: pd.DataFrame) -> None:
    said = texts(plot_curves(curve(rows)))
    assert "6 problems of tot-100, 2 seeds a point" in said
    assert "95 % paired bootstrap over problems" in said
    assert "failed" not in said


def test_failures_and_ungraded_trees_are_stated_on_the_plot(tmp_path: Path) -> None:
    trees = [a_tree("1-1", [True]), a_tree("2-2", [], chosen=None, error="broke"), a_tree("3-3", [None])]
    write_run(tmp_path / "a", trees)
    said = texts(plot_curves(curve(frame(Run.open(path) for path in find_runs(tmp_path)))))
    assert "1 tree failed, counted as not solved" in said
    assert "1 tree left out: nobody can grade it" in said


def test_coverage_is_dashed_open_and_apart_from_accuracy(rows: pd.DataFrame) -> None:
    figure = plot_curves(curve(rows), curve(rows, y="coverage"))
    dashed = [line for line in line_traces(figure) if line.line.dash == "dash"]
    assert [line.name for line in dashed] == ["greedy", "best-of-n", "beam"]
    assert all(line.marker.symbol.endswith("-open") and not line.showlegend for line in dashed)
    assert "coverage (dashed)" in [trace.name for trace in figure.data]


def test_coverage_is_drawn_only_for_the_lines_shown(rows: pd.DataFrame) -> None:
    points = curve(rows)
    drawn = info(points[points["line"] == "beam"], curve(rows, y="coverage"))
    assert [(line.name, line.coverage) for line in drawn.lines] == [("beam", True), ("beam", False)]


def test_each_point_carries_its_line_and_n_for_a_click_and_its_numbers_for_the_eye(rows: pd.DataFrame) -> None:
    figure = plot_curves(curve(rows, x="tokens"), x="tokens")
    beam = line_traces(figure)[-1]
    assert [list(point) for point in beam.customdata] == [["beam", 1], ["beam", 4], ["beam", 16]]
    assert "<b>beam</b>, n = 4" in beam.hovertext[1]
    assert "policy + PRM tokens per problem" in beam.hovertext[1]
    assert "6 problems, 2 seeds" in beam.hovertext[1]


def test_a_band_spans_the_bounds_and_answers_no_hover(rows: pd.DataFrame) -> None:
    points = curve(rows)
    band = next(trace for trace in plot_curves(points).data if trace.fill == "toself")
    beam = points[points["line"] == "best-of-n"]
    assert list(band.y) == [*beam["high"], *beam["low"][::-1]]
    assert band.hoverinfo == "skip"


def test_published_baselines_are_lines_without_a_place_on_the_x_axis_and_say_what_they_are(rows: pd.DataFrame) -> None:
    figure = plot_curves(curve(rows), baselines=[*GPT4, Baseline("greedy", 0.42)], notes=[GPT4_NOTE])
    assert sorted(shape.y0 for shape in figure.layout.shapes) == [0.04, 0.073, 0.09, 0.42, 0.74]
    assert all(shape.xref == "x domain" for shape in figure.layout.shapes)
    said = texts(figure)
    assert "GPT-4 CoT-SC(100) 9.0% · IO 7.3% · CoT 4.0%" in said
    assert "GPT-4 ToT b=5 74.0%" in said
    assert "Our policy was trained on this kind of puzzle; GPT-4 was not." in said


def test_no_data_gives_an_empty_figure_that_says_so(rows: pd.DataFrame) -> None:
    assert texts(plot_curves(curve(rows.iloc[:0]))) == "No run to draw yet"
    assert not plot_curves(curve(rows.iloc[:0])).data


def test_runs_that_nobody_can_grade_give_an_empty_figure_that_says_so(tmp_path: Path) -> None:
    run = Run.open(write_run(tmp_path / "a", [a_tree("1-1", [None])]))
    assert texts(plot_curves(curve(frame([run])))) == "No answer of these runs can be graded"


def test_points_that_cost_nothing_have_no_place_on_a_log_axis(rows: pd.DataFrame) -> None:
    free = curve(rows.assign(seconds=0.0), x="seconds")
    assert texts(plot_curves(free, x="seconds")) == "These runs spent no seconds that were recorded"
    assert texts(plot_curves(free, x="money")) == "Nothing has a price yet: say what a million tokens cost"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (4, "4"), (64, "64"), (999.6, "1k"), (1710, "1.71k"), (250_000, "250k"), (2.4e9, "2.4G"), (0.004, "4m")],
)
def test_amounts_are_short(value: float, said: str) -> None:
    assert amount(value) == said


def test_ticks_are_round_and_cover_the_points() -> None:
    assert log_ticks(1, 64, doubling=True) == [1, 2, 4, 8, 16, 32, 64]
    assert log_ticks(33, 450) == [10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
    assert len([tick for tick in log_ticks(40, 81) if 40 <= tick <= 81]) >= 3
    assert log_ticks(1e6, 1e12)[-1] == 1e12


def test_a_card_shows_the_shape_of_a_curve_and_names_its_lines(rows: pd.DataFrame) -> None:
    card = spark(curve(rows))
    assert 'alt="Accuracy against n of greedy, best-of-n, beam"' in card
    assert card.count("<i ") == 3
    assert spark(curve(rows.iloc[:0])) == ""


def test_a_card_with_many_lines_names_the_best_and_what_they_beat_and_counts_the_others() -> None:
    names = ["greedy", "self-consistency", "beam", "dvts", "mcts", "uct", "rebase", "explore"]
    ends = [0.4, 0.5, 0.9, 0.6, 0.95, 0.7, 0.8, 0.3]
    points = pd.DataFrame({"line": names, "strategy": names, "n": [1, *[16] * 7], "y": ends})
    card = spark(points)
    told = re.findall(r"</i>([^<]+)</span>", card)
    assert told == ["greedy", "self-consistency", "mcts", "5 others"]
    assert "uct" in card, "the alternative text names all"


def test_lines_without_the_unit_are_named_where_others_are_drawn(tmp_path: Path) -> None:
    write_run(tmp_path / "known", [a_tree("1-1", [True])], "beam")
    write_run(tmp_path / "served", [a_tree("1-1", [True], counted=False)], "mcts")
    rows = frame([Run.open(tmp_path / name) for name in ("known", "served")])
    assert "Not drawn, for want of recorded FLOPs: mcts" in info(curve(rows, x="flops"), x="flops").notes
    assert len(info(curve(rows)).lines) == 2


@pytest.mark.parametrize(
    ("problem_set", "name"),
    [
        ("tot-100", "tot-100"),
        ("data/math/few.jsonl", "few.jsonl"),
        ("openai/gsm8k/main:test", "openai/gsm8k/main:test"),
    ],
)
def test_a_file_of_problems_is_named_without_its_folder(problem_set: str, name: str) -> None:
    assert set_name(problem_set) == name


def test_lines_that_were_not_chosen_stay_grey_in_the_background(rows: pd.DataFrame) -> None:
    figure = plot_curves(curve(rows), shown=["beam"])
    assert [line.name for line in line_traces(figure)] == ["greedy", "best-of-n", "beam"]
    assert [line.line.color for line in line_traces(figure)] == [GREY, GREY, LOOKS["beam"].colour]
    assert [line.showlegend for line in line_traces(figure)] == [False, False, True]
    assert [trace.text for trace in figure.data if trace.mode == "text"] == [("beam",)]


def test_the_name_of_each_line_stands_at_its_end_and_over_no_other(rows: pd.DataFrame) -> None:
    drawn = info(curve(rows))
    ends = {line.name: (line.x[-1], line.y[-1]) for line in drawn.lines}
    assert {label.text: (label.x, label.y) for label in drawn.labels} == ends
    assert all(label.at_x > label.x for label in drawn.labels)


@given(st.lists(st.tuples(st.floats(1, 1e4), st.floats(0, 1)), min_size=1, max_size=12))
def test_names_never_overlap_and_have_room_on_the_axis(ends: list[tuple[float, float]]) -> None:
    named = [(f"strategy {i}", GREY, x, y) for i, (x, y) in enumerate(ends)]
    low, high = min(x for x, _ in ends), max(x for x, _ in ends)
    end = right_end([(name, x) for name, _, x, _ in named], low, high)
    span = log10(end / low) or 1.0
    boxes = [
        (log10(label.at_x / low) / span, len(label.text) * LETTER, label.at_y) for label in placed(named, low, high)
    ]
    for i, (left, width, y) in enumerate(boxes):
        assert left + width <= 1 + 1e-6 or high == low
        for other_left, other_width, other_y in boxes[:i]:
            apart = left >= other_left + other_width or other_left >= left + width
            assert apart or abs(y - other_y) >= HEIGHT - 1e-9


def test_many_lines_have_a_key_and_no_names_at_their_ends() -> None:
    assert placed([(f"s{i}", GREY, 10.0, 0.5) for i in range(13)], 1, 10) == []


def test_a_long_name_is_cut_at_the_end_of_its_line() -> None:
    (label,) = placed([("beam · aggregate=min, redraws=0, width=2", GREY, 10.0, 0.5)], 1, 10)
    assert label.text == "beam · aggregate=min, red…"


def test_an_anytime_curve_is_a_staircase_in_the_colour_of_its_strategy(rows: pd.DataFrame) -> None:
    points = curve(rows)
    anytime = points[points["line"] == "beam"].assign(line="beam, n = 16")
    figure = plot_curves(points, anytime=anytime)
    (stairs,) = [trace for trace in figure.data if trace.line.shape == "hv"]
    assert (stairs.name, stairs.line.color) == ("beam, n = 16", LOOKS["beam"].colour)
    assert stairs.hovertext[0].startswith("<b>beam, n = 16</b><br>")
    assert "stopped at" in stairs.hovertext[0]


def test_the_pareto_front_is_drawn_and_each_point_says_how_surely_it_belongs_there(rows: pd.DataFrame) -> None:
    front = pareto(lines(rows))
    figure = plot_curves(curve(rows), front=front)
    (stairs,) = [trace for trace in figure.data if trace.name == "Pareto front"]
    assert list(stairs.x) == sorted(front.loc[front["front"], "x"])
    beam = line_traces(figure)[-1]
    assert "on the Pareto front in" in beam.hovertext[-1]
    assert plot_curves(curve(rows)).data[0].name != "Pareto front"


def test_a_small_figure_has_a_title_in_place_of_notes_and_a_key(rows: pd.DataFrame) -> None:
    figure = draw(info(curve(rows), title="level 3"), small=True)
    assert "level 3" in texts(figure)
    assert "bootstrap" not in texts(figure)
    assert figure.layout.showlegend is False
