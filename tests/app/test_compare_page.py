"""The Compare page and what it is made of, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import data, pages, pairing, parting, places, versus
from engine import measure
from engine.measure.align import align
from engine.measure.pair import against
from engine.runs import Run
from tests.app.trees import beam, write_run
from tests.measure.logged import a_tree
from tests.measure.logged import write_run as write_graded

PAGE = places.REPOSITORY / "app" / "views" / "compare.py"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two PRMs and two sizes on the same problems, and a run that shares none."""
    folder = tmp_path / "samples"
    careful, naive = ({"id": name, "sha256": name} for name in ("careful", "naive"))
    names = [f"{i}-2-6-10" for i in range(1, 6)]

    def write(key: str, prm: dict[str, str], n: int, solved: int) -> None:
        trees = [a_tree(name, [i < solved, False]) for i, name in enumerate(names)]
        write_graded(folder / key, trees, prm=prm, parameters={"n": n}, title=key)

    write("careful-16", careful, 16, 5)
    write("naive-16", naive, 16, 2)
    write("naive-4", naive, 4, 3)
    write_graded(folder / "elsewhere", [a_tree("9-9-9-9", [True])], title="elsewhere")
    write_run(folder / "beam-a", [beam(seed=1)], problem_set="by hand", title="beam-a")
    write_run(folder / "beam-b", [beam(seed=2)], problem_set="by hand", title="beam-b", seed=2)
    monkeypatch.setenv("ARBUTUS_RUNS", str(folder))
    monkeypatch.setattr(pages, "link", lambda *_, **__: None)  # a page drawn alone has no others to link to
    return folder


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(str(PAGE), default_timeout=30)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def html_of(test: AppTest) -> str:
    return "".join(element.proto.body for element in test.get("html"))


def test_opened_empty_it_offers_the_pairs_that_differ_in_one_thing_and_by_most(runs: Path) -> None:
    offers = pairing.offers(data.list_runs())
    assert [(o.kind, o.a.key, o.b.key, o.solved) for o in offers] == [
        ("PRM", "careful-16", "naive-16", (5, 2)),
        ("n", "naive-4", "naive-16", (3, 2)),
    ]
    assert pairing.sentence(offers[0]) == "careful solves 5 of 5, naive solves 2 (beam, n = 16, tot-100)."
    shown = html_of(opened())
    assert all(title in shown for title in (pairing.KINDS["PRM"], pairing.KINDS["n"]))


def test_a_run_is_compared_only_with_those_that_share_problems_the_most_alike_first(runs: Path) -> None:
    found = pairing.partners("naive-16", data.list_runs())
    assert [ref.key for ref in found] == ["careful-16", "naive-4"]
    shown = html_of(opened(run="naive-16"))
    assert "compare?run=naive-16&amp;with=careful-16" in shown and "elsewhere" not in shown


def test_two_runs_over_all_problems_show_who_won_and_lead_to_the_trees(runs: Path) -> None:
    shown = html_of(opened(run="careful-16", **{"with": "naive-16"}))
    assert "solves 60.0 points more" in shown
    assert "compare?run=careful-16&amp;with=naive-16&amp;problem=3-2-6-10" in shown


def test_one_problem_shows_both_trees_and_where_they_part(runs: Path) -> None:
    a, b = data.load_tree("beam-a", "4-5-6-10-24"), data.load_tree("beam-b", "4-5-6-10-24")
    partings = align(a, b).partings()
    assert partings, "other seeds draw other steps"
    first = partings[0]
    node = first.a.node or first.b.node
    assert node is not None
    side = "A" if first.a.nodes else "B"
    test = opened(run="beam-a", node=str(node.id), side=side, **{"with": "beam-b"})
    shown = html_of(test)
    assert parting.sentence(align(a, b), ("beam-a", "beam-b")) in shown
    assert f'problem=4-5-6-10-24&amp;node={node.id}{"" if side == "A" else "&amp;side=B"}"' in shown


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"run": HOSTILE}, "no run called"),
        ({"run": "naive-16", "with": "nope"}, "no run called"),
        ({"run": "naive-16", "with": "careful-16", "problem": HOSTILE}, "no problem"),
        ({"run": "beam-a", "with": "beam-b", "node": "99999"}, "has no node"),
        ({"run": "beam-a", "with": "beam-b", "node": "-1", "side": "B"}, "The tree of B has no node"),
    ],
)
def test_an_address_that_leads_nowhere_is_explained_and_has_a_way_out(
    runs: Path, query: dict[str, str], said: str
) -> None:
    test = opened(**query)
    assert any(said in warning.value for warning in test.warning)
    assert not any("<script>" in warning.value.replace("\\<", "") for warning in test.warning)


def test_words_of_a_log_are_escaped_wherever_they_are_shown() -> None:
    one, other = (beam(seed=seed) for seed in (1, 2))
    for tree in (one, other):
        for node in tree.nodes[1:]:
            node.text = f"{HOSTILE} {node.text}"
    laid = align(one, other)
    pair = laid.partings()[0]
    shown = (
        parting.sentence(laid, ("a", "b"))
        + parting.partings_table([pair], lambda _: "x")
        + parting.step_cards(pair, ("x", "y"))
    )
    assert "<script>" not in shown and "&lt;script&gt;" in shown


def test_a_difference_is_called_more_than_luck_only_if_interval_and_p_agree(tmp_path: Path) -> None:
    names = [f"{i}-2-6-10" for i in range(1, 21)]

    def said(wins: int) -> str:
        runs = []
        for key, solved in (("a", 10 + wins), ("b", 10)):
            trees = [a_tree(name, [i < solved]) for i, name in enumerate(names)]
            runs.append(measure.frame([Run.open(write_graded(tmp_path / f"{key}{wins}", trees))]))
        return versus.verdict(against(*runs))

    assert "that is more than luck" in said(6), "6 of 6 go one way: p is 0.031"
    told = said(5)
    assert "can't tell from luck" in told and "p 0.062" in told, "though the interval is clear of 0"
    assert "solve the same number" in said(0)
