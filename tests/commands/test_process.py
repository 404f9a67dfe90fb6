import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_command_line_runs_as_a_module_and_its_errors_have_no_traceback(tmp_path: Path) -> None:
    environment = {**os.environ, "COLUMNS": "40"}

    def command(*arguments: object) -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, "-W", "error", "-m", "engine", *map(str, arguments)]
        return subprocess.run(whole, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    listed = command("list", "--json")
    assert listed.returncode == 0 and listed.stderr == "" and json.loads(listed.stdout)["strategies"]
    nowhere = tmp_path / ("a-folder-with-a-name-that-does-not-fit-into-one-line-of-a-terminal" * 2)
    failed = command("summary", nowhere)
    assert failed.returncode == 1 and failed.stdout == ""
    assert failed.stderr.startswith(f"error {nowhere}: got no run there") and "Traceback" not in failed.stderr
