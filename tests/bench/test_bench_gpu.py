"""The measurements for GPUs, tried with tiny models on whatever there is."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench import gpu, shapes
from bench.__main__ import main
from bench.options import Options
from engine.models.loading import Loading, ModelError
from engine.models.prms import load_prm
from engine.models.writing import Writer

QUICK = Options(quick=True)


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RUNS": 1, "ROWS": 4, "NEW": 8, "CHAINS": 3, "STEPS": 2, "PROBLEMS": 2, "DEPTH": 2}.items():
        monkeypatch.setattr(gpu, name, value)


@pytest.fixture(scope="module")
def cpu() -> torch.device:
    return torch.device("cpu")


def test_decoding_is_timed_both_ways_against_the_bytes_that_must_be_read() -> None:
    found = gpu.measure(QUICK, part="decode")
    assert found["tokens"] == 4 * 8
    assert found["ours"] > 0 and found["generate"] > 0
    # 8 times the weights, and a row's keys and values after the prompt and 0 to 7 tokens of its own
    token = 2 * shapes.TINY.layers * shapes.TINY.kv_heads * (shapes.TINY.hidden // shapes.TINY.heads) * 4
    kept = (8 * (gpu.PROMPT + 1) + 4 * sum(range(8))) * token
    weights, rest = divmod(found["bytes"] - kept, 8)
    assert rest == 0 and weights > 2_000 * 64 * 4


def test_both_ways_of_reading_solutions_read_as_many_tokens() -> None:
    found = gpu.measure(QUICK, part="prefill")
    each = gpu.PROMPT + gpu.STEPS * shapes.EVERY
    assert 3 * each < found["tokens"] < 3 * (each + 20)  # the turns of a chat have a few tokens of their own
    assert found["flops"] > 2 * found["tokens"] * shapes.TINY.layers * shapes.TINY.hidden**2
    assert min(found["ours"], found["one padded forward pass"]) > 0


def test_the_step_search_runs_both_models_and_leaves_the_device_unknown_without_a_gpu() -> None:
    found = gpu.measure(QUICK, part="busy")
    assert found["nodes"] >= 2 * gpu.N
    assert found["policy_tokens"] > found["nodes"] and found["prm_tokens"] > found["nodes"]
    assert (found["kernels"] is None) == (not torch.cuda.is_available())


def test_what_a_device_can_do_is_measured() -> None:
    found = gpu.measure(QUICK, part="peaks")
    assert found["bandwidth"] > 1e8 and found["flops"] > 1e8


def test_the_tables_give_shares_and_judge_them_only_where_figures_count(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: dict[str, dict[str, Any]] = {
        "peaks": {"bandwidth": 1e12, "flops": 1e14},
        "decode": {"model": "m", "tokens": 1000, "ours": 0.1, "generate": 0.4, "bytes": 5e10},
        "prefill": {"model": "p", "tokens": 100, "flops": 3e13, "ours": 0.5, "one padded forward pass": 1.0},
        "busy": {"seconds": 2.0, "nodes": 5, "policy_tokens": 50, "prm_tokens": 60, "kernels": 1.8},
    }
    monkeypatch.setattr(gpu, "apart", lambda *_, part: parts[part])
    tables = gpu.run(QUICK)
    assert [row[2] for row in tables[0].rows] == ["50 %", "12 %"] and tables[0].rows[1][-1] == "4.0 x"
    assert [row[3] for row in tables[1].rows] == ["60 %", "30 %"]
    assert tables[2].rows[0][4] == "90 %"
    assert [gpu._verdict(share, "busy", counts=True)[1] for share in (0.9, 0.7, None)] == ["pass", "FAIL", "–"]
    assert gpu._verdict(0.9, "busy", counts=False)[1] == "–"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here, so it would be measured")
def test_without_a_gpu_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="torch sees none here; --quick"):
        gpu.run(Options())
    with pytest.raises(SystemExit) as ended:
        main(["gpu"])
    assert ended.value.code == 2
    assert "torch sees none here" in capsys.readouterr().err


def test_words_read_back_as_they_are_written_and_end_a_step_now_and_then(tmp_path: Any, cpu: torch.device) -> None:
    from transformers import AutoTokenizer

    folder = shapes.make_policy(tmp_path, shapes.TINY, cpu)
    writer = Writer(AutoTokenizer.from_pretrained(folder), [1])
    text = "w4 w5 w40\n\nw41 "
    assert writer.ids(text) == (4, 5, 40, 41)
    assert writer.text((4, 5, 40, 41), ()) == text
    assert len(writer.ids(shapes.text(300, 7))) == 300 and "\n" not in shapes.text(300, 7)


def test_the_prm_has_the_layout_of_the_public_one(tmp_path: Any, cpu: torch.device) -> None:
    prm = load_prm(f"{shapes.make_prm(tmp_path, shapes.TINY, cpu)}:qwen", Loading("cpu"))
    rewards = prm.score(gpu._chains()[:1])[0]
    assert len(rewards) == gpu.STEPS and all(r.value is not None for r in rewards)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=12))
def test_the_time_covered_by_spans_counts_no_moment_twice(spans: list[tuple[int, int]]) -> None:
    moments = {t for begin, length in spans for t in range(begin, begin + length)}
    assert gpu.covered((float(begin), float(begin + length)) for begin, length in spans) == len(moments)
