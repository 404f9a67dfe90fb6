import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.idle import Pages, begin, work
from engine.runs import RunError


def test_nothing_is_read_while_a_page_is_being_made() -> None:
    pages, read = Pages(), threading.Event()

    def pieces() -> Iterator[Callable[[], object]]:
        yield read.set

    reader = threading.Thread(target=work, args=(pieces(), pages, 0.05))
    with pages.making():
        reader.start()
        assert not read.wait(0.3)
    assert read.wait(10)
    reader.join(10)
    assert not reader.is_alive()


def test_who_waits_for_quiet_waits_until_the_last_page_has_been_ready_for_so_long() -> None:
    pages, quiet = Pages(), []
    waiter = threading.Thread(target=lambda: quiet.append(pages.wait_for_quiet(0.2)))
    with pages.making():
        waiter.start()
        waiter.join(0.4)
        assert not quiet
    waiter.join(10)
    assert quiet == [1]


def test_who_waits_for_another_page_is_told_when_it_was_made() -> None:
    pages = Pages()
    waiter = threading.Thread(target=pages.wait_for_more, args=(pages.made,))
    waiter.start()
    waiter.join(0.1)
    assert waiter.is_alive()
    with pages.making():
        pass
    waiter.join(10)
    assert not waiter.is_alive()


def test_a_piece_that_cannot_be_read_does_not_keep_from_the_next() -> None:
    read = []

    def broken() -> None:
        raise RunError("torn")

    work(iter([broken, lambda: read.append(time.monotonic())]), Pages(), quiet=0)
    assert len(read) == 1


def test_whatever_fails_while_reading_ahead_is_told_and_the_rest_is_read(caplog: pytest.LogCaptureFixture) -> None:
    read = []

    def broken() -> None:
        raise AttributeError("Streamlit has moved it")

    work(iter([broken, lambda: read.append(time.monotonic())]), Pages(), quiet=0)
    assert len(read) == 1
    assert "Streamlit has moved it" in caplog.text


def test_without_a_server_nothing_is_begun() -> None:
    begin()
    assert "idle" not in {thread.name for thread in threading.enumerate()}


def test_a_page_that_nobody_waits_to_see_is_no_page() -> None:
    pages = Pages()
    with pages.making(seen=False):
        assert pages.wait_for_quiet(0) == 0
    assert pages.made == 0
