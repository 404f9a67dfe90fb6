import pytest

from engine.prices import Prices, read_prices
from engine.protocol import ArbutusError


def test_money_is_each_kind_of_token_at_its_own_price_for_a_million() -> None:
    prices = Prices(policy=0.6, prompt=0.15, prm=0.2)
    assert prices.money(1_000_000, 0, 0) == pytest.approx(0.6)
    assert prices.money(1000, 2000, 4000) == pytest.approx(0.0006 + 0.0003 + 0.0008)


def test_prices_are_read_from_words_and_what_is_not_named_is_free() -> None:
    assert read_prices(["policy=0.6", "prm=0.2"]) == Prices(0.6, 0, 0.2)
    assert not read_prices([])


@pytest.mark.parametrize("word", ["policy", "policy=", "policy=cheap", "gpu=3", "prm=-1", "prm=inf", "prm=nan"])
def test_a_price_that_is_none_is_refused_with_what_was_expected(word: str) -> None:
    with pytest.raises(ArbutusError, match="expected"):
        read_prices([word])
