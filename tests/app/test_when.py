from datetime import datetime

import pytest

from app.when import said

NOW = datetime.fromisoformat("2026-11-25T13:00:00+00:00")


@pytest.mark.parametrize(
    ("started", "zone", "expected"),
    [
        ("2026-11-25T09:38:56+00:00", "UTC", "today, 09:38"),
        ("2026-11-25T09:38:56+00:00", "Asia/Shanghai", "today, 17:38"),
        ("2026-11-24T23:10:00+00:00", "Europe/Berlin", "today, 00:10"),
        ("2026-11-24T23:10:00+00:00", "UTC", "24 November, 23:10"),
        ("2025-03-01T08:05:00+00:00", "UTC", "1 March 2025, 08:05"),
        ("", "UTC", ""),
        ("yesterday", "UTC", ""),
        ("2026-11-25T09:38:56", "UTC", ""),
        ("2026-11-25T09:38:56+00:00", "Nowhere/Land", ""),
        ("2026-11-25T09:38:56+00:00", "../../etc/passwd", ""),
    ],
)
def test_a_time_is_told_by_the_clock_of_who_looks(started: str, zone: str, expected: str) -> None:
    assert said(started, zone, NOW) == expected
