"""Reading the log of GPT-4: which nodes count, and which answers are right."""

from typing import Any

import pytest

from bench.gpt4 import _is_right, log_file, proposed

LOG: list[dict[str, Any]] = [
    {
        "steps": [
            {
                "step": 0,
                "x": "4 5 6 10",
                "new_ys": [
                    "10 - 4 = 6 (left: 5 6 6)\n",
                    "10 - 4 = 6 (left: 5 6 6)\n",
                    "6 / 4 = 1.5 (left: 1.5 5 10)\n",
                    "4 + 5 = 8 (left: 6 8 10)\n",
                    "so it goes\n",
                ],
                "values": [3.0, 2.0, 1.0, 1.0, 0.5],
            },
            {
                "step": 1,
                "x": "4 5 6 10",
                "new_ys": ["10 - 4 = 6 (left: 5 6 6)\n5 * 6 = 30 (left: 6 30)\n", "4 * 5 = 20 (left: 6 10 20)\n"],
                "values": [20.0, 1.0],
            },
        ]
    }
]


def test_nodes_are_legal_integer_and_counted_once() -> None:
    nodes = proposed(LOG)
    assert [n.steps for n in nodes] == [
        ("10 - 4 = 6 (left: 5 6 6)",),
        ("10 - 4 = 6 (left: 5 6 6)", "5 * 6 = 30 (left: 6 30)"),
    ]
    assert [n.value for n in nodes] == [3.0, 20.0]
    assert all(n.good for n in nodes)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("…\nAnswer: (5 * (10 - 4)) - 6 = 24\n", True),
        ("…\nAnswer: 4 * 6 = 24\n", False),
        ("…\nAnswer: 4 * 6 * (10 / (5 + 5)) = 24\n", False),
        ("…\nAnswer: 5 * (10 - 4) - 7 = 24\n", False),
        ("…\n4 * 6 = 24 (left: 24)\n", False),
        ("…\nAnswer: import os\n", False),
        ("…\nAnswer: (10 - 4) / (5 - 5) * 6 = 24\n", False),
    ],
)
def test_an_answer_is_right_if_it_uses_each_number_once_and_makes_24(text: str, right: bool) -> None:
    assert _is_right("4 5 6 10", text) is right


def test_the_folder_of_the_log_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBUTUS_DATA", "elsewhere")
    assert str(log_file()) == "elsewhere/tot_game24_gpt4_b5.json"
