"""What the pages know of the tasks is true of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import worlds
from app.asking import OWN_STORY
from app.worker import WARM
from engine.models.registry import PRMS
from engine.tasks import TASKS, find_task
from engine.tasks.words.sums import check
from engine.tree import Problem


@pytest.mark.parametrize("task", worlds.WORLDS)
def test_every_problem_set_of_a_world_has_words_and_there_is_no_other(task: str) -> None:
    assert list(worlds.WORLDS[task].sets) == list(find_task(task).problem_sets())


@pytest.mark.parametrize("task", worlds.WORLDS)
def test_every_reward_model_of_a_world_has_words_and_its_own_comes_first(task: str) -> None:
    names = worlds.reward_models(task)
    assert set(names) <= set(worlds.WORLDS[task].prms)
    assert not names or names[0] == (TASKS[task].models or ("", ""))[1]


def test_every_built_in_reward_model_belongs_to_one_world() -> None:
    assert sorted(name for task in worlds.WORLDS for name in worlds.reward_models(task)) == sorted(PRMS)


def test_countdown_can_always_be_searched_and_comes_first() -> None:
    assert worlds.playable()[0] == "countdown"


@pytest.mark.parametrize("task", worlds.WORLDS)
def test_the_models_of_every_world_are_warmed_up_on_a_question_it_can_read(task: str) -> None:
    assert find_task(task).read(WARM[task]).question


def test_a_task_without_a_title_goes_by_its_name() -> None:
    assert [worlds.title(task) for task in ("word-problems", "gsm8k")] == ["Word problems", "gsm8k"]


@given(st.text(alphabet="ab \n", max_size=60), st.integers(5, 40))
def test_a_brief_question_is_one_line_of_the_beginning(question: str, length: int) -> None:
    said = worlds.brief(question, length)
    whole = " ".join(question.split())
    assert len(said) <= length + 2 and "\n" not in said
    assert said == whole if len(whole) <= length else whole.startswith(said.removesuffix(" …"))


def test_a_story_is_named_after_its_steps_and_a_puzzle_by_itself() -> None:
    assert worlds.named(Problem("p", "Mia has 2 books.", meta={"steps": 3})) == "3 steps · Mia has 2 books."
    assert worlds.named(Problem("p", "Make 24 from 4 6", meta={"size": 2})) == "Make 24 from 4 6"


def test_the_story_that_is_proposed_is_one_whose_steps_can_be_checked() -> None:
    assert check(OWN_STORY, ["The friends get 5 × 2 = 10 books."]) == "5 × 2 is 10. 5 from the story, 2 from the story."
