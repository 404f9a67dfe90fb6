"""How verifiers that think aloud are asked, and where their verdict is read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.models.prms.text import unlabelled

Turns = list[tuple[str, str]]
WORDS = ((" Yes", " No"), ("Yes", "No"), (" yes", " no"), ("yes", "no"))
"""A verdict as it may be written. Which of them the model uses is seen where it is read."""


@dataclass(frozen=True)
class Form:
    """How one kind of verifier is asked about the last of some steps."""

    ask: Callable[[str, Sequence[str], Sequence[str]], Turns]
    """(question, steps, analyses of the steps before the last) as turns of a chat."""
    begin: Callable[[int], str]
    """What its analysis of step n begins with; it is not written by the model."""
    verdict: Callable[[str, int], str | None]
    """(what is written so far, from where the analysis of step n begins) up to where the verdict is read; None before
    the model has come to its verdict."""
    marks: tuple[str, ...]
    """In small letters what is among the last words whenever a verdict has come; ``{next}`` is the step after."""
    last: str
    """One of these characters, in small letters, completes a verdict."""
    close: str = ""
    """What it writes after its verdict."""
    looks_back: bool = False
    """Whether it is shown what it wrote of earlier steps."""
    at_end: str | None = None
    """What asks for the verdict when the model ends its turn without one; None: then there is none."""


def think(question: str, steps: Sequence[str], earlier: Sequence[str]) -> Turns:
    """For any model that can reason. What changes from step to step stands last."""
    said = "".join(f"Step {i}: {unlabelled(step)}\n\n" for i, step in enumerate(steps, 1))
    return [
        (
            "user",
            "Below are a problem and a solution that is being written step by step. You check its steps, one at a time."
            f"\n\nProblem:\n{question}\n\nSolution:\n\n{said}"
            f"Is step {len(steps)}, the latest one, correct, given the problem and the steps before it? "
            "Analyse it first. Then end with one line that reads 'Verdict: Yes' if it is correct and 'Verdict: No' if "
            "it is not.",
        )
    ]


VERDICT = re.compile(r"Verdict:(?=[\s*_]*(?:Yes|No)\b)", re.IGNORECASE)


def thought(text: str, step: int) -> str | None:
    """Up to the word that the model gives as its verdict, once it is there; what it only thinks doesn't count."""
    spoken = text.rfind("</think>") + 1 or (len(text) if "<think>" in text else 0)
    found = VERDICT.search(text, spoken)
    return text[: found.end()] + _decoration(text[found.end() :]) if found else None


def _decoration(rest: str) -> str:
    """What stands between the colon and the verdict, but for the space that belongs to the word."""
    between = re.match(r"[\s*_]*", rest)
    assert between is not None
    return between[0].removesuffix(" ")


def ask_genprm(question: str, steps: Sequence[str], earlier: Sequence[str]) -> Turns:
    """GenPRM (Zhao et al. 2025, arXiv:2504.00891): a turn of the user for each step, the critiques between them."""
    turns = [
        (
            "system",
            "You are a math teacher. Your task is to review and critique the paragraphs in solution step by step.",
        )
    ]
    for i, step in enumerate(steps):
        turns.append(("user", step if i else f"Question: {question}\n\n{step}"))
        turns += [("assistant", analysis) for analysis in earlier[i : i + 1]]
    return turns


def judged_genprm(text: str, step: int) -> str | None:
    """The judgement follows the analysis; the code that the model might write instead is never run."""
    analysis, closed, _ = text.partition("</analyze>")
    return f"{analysis}{closed}\n<output>\n**Judgement**: $\\boxed{{" if closed else None


def ask_thinkprm(question: str, steps: Sequence[str], earlier: Sequence[str]) -> Turns:
    """ThinkPRM (Khalifa et al. 2025, arXiv:2504.16828): one turn, the steps numbered, a line each."""
    said = "\n".join(f"Step {i}: {unlabelled(step)}" for i, step in enumerate(steps, 1))
    return [
        (
            "user",
            "You are given a math problem and a proposed step-by-step solution:\n\n[Math Problem]\n\n"
            f"{question}\n\n[Solution]\n\n{said}\n\nReview and critique each step in the proposed solution to "
            "determine whether each step is correct. If the solution is incomplete, only verify the provided steps.",
        )
    ]


def judged_thinkprm(text: str, step: int) -> str | None:
    """It is asked for its verdict when it has thought, comes to it, or goes on to a step that doesn't exist."""
    found = re.search(rf"</think>|Is the solution correct\?|Step {step + 1}:", text)
    return f"{text[: found.start()].rstrip()}\nIs the solution correct?" if found else None


FORMS = {
    "thinking": Form(think, lambda step: "", thought, ("verdict:",), "so"),
    "genprm": Form(
        ask_genprm,
        lambda step: f"<analyze>\nLet's analyze the Paragraph {step} step by step: ",
        judged_genprm,
        ("</analyze>",),
        ">",
        close="}$\n</output>\n",
        looks_back=True,
    ),
    "thinkprm": Form(
        ask_thinkprm,
        lambda step: "\nLet's verify step by step:",
        judged_thinkprm,
        ("</think>", "is the solution correct?", "step {next}:"),
        ">?:",
        at_end="\nIs the solution correct?",
    ),
}
