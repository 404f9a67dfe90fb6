from pathlib import Path

from engine.measure.prm.labels import read_labels
from tests.commands.said import Command


def test_a_run_is_labelled_beside_itself_and_the_labels_go_on_and_say_how_they_were_made(
    arbutus: Command, beam: list[object], untrained_policy: Path, tmp_path: Path
) -> None:
    arbutus(*beam)
    run, file = Path(str(beam[-1])), tmp_path / "run.labels.jsonl"
    said = arbutus("label", run, "--rollouts", 2, "--policy", untrained_policy, "--limit", 2, "--json")
    assert said.code == 0, said.err
    assert said.json["problems"] == 2 and said.json["steps"] == len(read_labels(file).table) > 0
    about = read_labels(file).about
    assert (about["run"], about["task"], about["rollouts"]) == ("run", "countdown", 2)
    assert about["command"].startswith("python -m engine label") and about["policy"]["sha256"]
    again = arbutus("label", run, "--rollouts", 2, "--policy", untrained_policy)
    assert again.code == 1 and "is there already; go on with it (--resume)" in again.err
    more = arbutus("label", run, "--rollouts", 2, "--policy", untrained_policy, "--resume")
    assert more.code == 0 and f"{said.json['steps']:,} were labelled before" in more.out and "wrote" in more.out


def test_a_policy_that_was_a_folder_must_be_named_again_and_a_prm_is_refused(
    arbutus: Command, beam: list[object]
) -> None:
    arbutus(*beam)
    said = arbutus("label", beam[-1])
    assert said.code == 1 and "name it: --policy FOLDER_OR_ID" in said.err
    said = arbutus("label", beam[-1], "--prm", "countdown-prm")
    assert said.code == 1 and "labels are made by a policy alone" in said.err
    said = arbutus("label", Path(str(beam[-1])) / "nowhere")
    assert said.code == 1 and "nowhere" in said.err
