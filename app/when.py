"""When a run began, as whoever looks at the page has it on their clock."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def said(started: str, zone: str | None = None, now: datetime | None = None) -> str:
    """`started` (ISO 8601) in words, in the time zone of the browser unless one is named; empty if it is no time."""
    try:
        at = datetime.fromisoformat(started)
        there = ZoneInfo(zone or st.context.timezone or "UTC")
    except (ValueError, ZoneInfoNotFoundError):
        return ""
    if at.tzinfo is None:
        return ""
    here, today = at.astimezone(there), (now or datetime.now(there)).astimezone(there)
    if here.date() == today.date():
        return f"today, {here:%H:%M}"
    year = "" if here.year == today.year else f" {here.year}"
    return f"{here.day} {here:%B}{year}, {here:%H:%M}"
