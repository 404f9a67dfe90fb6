"""Training beside searching, on the Curves page, without a browser."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app import data, pages, places
from app.training_part import SHIPPED, said
from engine.measure.series import read_series


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AppTest]:
    monkeypatch.setattr(pages, "link", lambda *_, **__: None)  # a page drawn alone has no others to link to

    def page(collection: str) -> AppTest:
        test = AppTest.from_file(str(places.REPOSITORY / "app" / "views" / "curves.py"), default_timeout=120)
        test.query_params["collection"] = collection
        test.run()
        assert not test.exception
        return test

    return page


def test_training_stands_beside_searching_where_the_series_is_of_the_runs_own_policy(
    opened: Callable[[str], AppTest],
) -> None:
    series = read_series(SHIPPED / "countdown-policy" / "series.json")
    assert {ref.info.policy["sha256"] for ref in data.collections()["tot-100-sweep"] if ref.info} == {series.sha256}
    page = opened("tot-100-sweep")
    assert "Training or searching" in [header.value for header in page.header]
    assert said(series) in [caption.value for caption in page.caption]


@pytest.mark.parametrize("collection", ["stories-sweep", "countdown-200"])
def test_another_policy_or_other_problems_have_no_such_panels(
    opened: Callable[[str], AppTest], collection: str
) -> None:
    assert "Training or searching" not in [header.value for header in opened(collection).header]


def test_what_is_said_of_the_series_names_the_chunks_that_were_measured() -> None:
    series = read_series(SHIPPED / "countdown-policy" / "series.json")
    kept = sorted(set(series.table["chunks"]))
    assert f"after {', '.join(map(str, kept[:-1]))} of {kept[-1]} chunks" in said(series)
