"""The bench of the explorer looks at what it says: searched trees, and the memory of a process and its children."""

import subprocess
import sys
from pathlib import Path

from bench import large
from bench.explorer import measure
from bench.footprint import resident
from engine.runs import Run


def test_a_large_tree_is_a_search_read_back_from_its_log(tmp_path: Path) -> None:
    grown = large.grow(tmp_path / "run", "beam", 40, redraws=0)
    tree = Run.open(tmp_path / "run").tree(0)
    assert len(tree) == grown.summaries[0].nodes == 1 + 40 * large.DEPTH
    assert max(node.depth for node in tree) == large.DEPTH
    assert tree.closed is not None and all(node.reason for node in tree.nodes[1:])
    assert measure(tmp_path / "run")["sent"] > 0


def test_the_memory_of_a_process_holds_that_of_its_children() -> None:
    child = "import sys; x = bytearray(60_000_000); print(flush=True); sys.stdin.read()"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    command = [sys.executable, "-c", nested]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        process.stdout.readline()
        held = resident(process.pid)
        process.stdin.close()
    assert held > 60
