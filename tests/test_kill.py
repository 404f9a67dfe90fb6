"""The thousand kills of `make bench`, in small."""

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked")
def test_a_run_killed_at_random_moments_ends_with_the_trees_of_an_undisturbed_one() -> None:
    # In a process of its own: forking from a test process with threads would warn.
    command = [sys.executable, "-m", "bench.kill", "--kills", "20", "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kills=20" in done.stdout
