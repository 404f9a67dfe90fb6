"""How a judged solution is told."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.judged_steps import judged_list, lined_up, sentence, weighed
from engine.solution import JudgedStep, Judgement


def step(text: str, reward: float | None = 0.9, good: bool | None = True) -> JudgedStep:
    return JudgedStep(text, reward, None if reward is not None else "the step is empty", good, "")


def of(*steps: JudgedStep) -> Judgement:
    return Judgement(list(steps), 9, False, None)


def test_the_sentence_tells_truth_from_what_the_prm_sees() -> None:
    good, low, fooled = step("a"), step("b", 0.1, False), step("c", 0.95, False)
    assert "every step is good" in sentence([good], 0.5) and "no wrong step" in sentence([good], 0.5)
    assert sentence([good, low], 0.5).endswith("0.100 is below 0.50. It finds it.")
    assert sentence([good, fooled], 0.5).endswith("It is fooled.")
    assert sentence([fooled, low], 0.5).endswith("It sees it too late.")
    assert sentence([step("d", 0.2), low], 0.5).endswith("It stops too early.")
    assert sentence([step("d", 0.2), good], 0.5).endswith("It takes a good step for a wrong one.")
    assert "nobody can tell" in sentence([step("d", 0.2, None)], 0.5)
    assert sentence([step("d", None, False)], 0.5).endswith("the first wrong one.")


def test_a_solution_is_worth_what_searches_make_of_its_rewards() -> None:
    assert weighed([step("a", 0.5), step("b", 0.8)]).endswith("last 0.800, min 0.500, prod 0.400, mean 0.650.")
    assert "last 0.800, min missing" in weighed([step("a", None), step("b", 0.8)])


def test_both_first_errors_are_marked_at_their_steps() -> None:
    rows = judged_list(of(step("a"), step("b", 0.8, False), step("c", 0.1, False)), 0.5).split("<li>")[1:]
    assert "<em>" not in rows[0]
    assert "<em>first wrong step in truth</em>" in rows[1] and "says the PRM" not in rows[1]
    assert "<em>first wrong step, says the PRM</em>" in rows[2]


def test_an_edited_step_shows_what_it_was_and_the_others_how_their_rewards_moved() -> None:
    before = of(step("a", 0.9), step("b", 0.8), step("c", 0.7), step("end", 0.6))
    now = of(step("a", 0.9), step("B", 0.2), step("c", 0.1), step("new", 0.3), step("end", 0.6))
    rows = judged_list(now, 0.5, before).split("<li>")[1:]
    assert "as before" in rows[0] and "as before" in rows[4]
    assert "before 0.800 → now 0.200 (−0.600), rewritten from <s>b</s>" in rows[1]
    assert "before 0.700 → now 0.100 (−0.600)" in rows[2] and "rewritten" not in rows[2]
    assert ">new</p>" in rows[3]


def test_steps_that_were_taken_out_are_named_and_a_first_scoring_has_no_before() -> None:
    assert "Taken out: <s>b</s>" in judged_list(of(step("a")), 0.5, of(step("a"), step("b")))
    assert "was" not in judged_list(of(step("a")), 0.5)


def test_what_was_typed_is_shown_and_never_run_and_a_missing_reward_says_why() -> None:
    shown = judged_list(of(step("<script>x</script>", None)), 0.5, of(step("<b>y</b>")))
    assert "<script>" not in shown and "<b>y" not in shown
    assert "No reward: the step is empty." in shown and "–" in shown


@given(st.lists(st.sampled_from("abcd"), max_size=7), st.lists(st.sampled_from("abcd"), max_size=7))
def test_steps_line_up_in_order_and_each_at_most_once(before: list[str], now: list[str]) -> None:
    at = [i for i in lined_up(before, now) if i is not None]
    assert at == sorted(set(at)) and all(0 <= i < len(before) for i in at)
    assert lined_up(now, now) == list(range(len(now)))


def test_the_bar_is_as_long_as_the_reward_and_the_threshold_stands_on_it() -> None:
    shown = judged_list(of(step("a", 0.25)), 0.6)
    assert re.search(r"<i style=\"width:25\.0%", shown) and "left:60.0%" in shown
