"""The words of the stories: who, what, and the ways in which each thing that happens is told.

``{N}`` is the person the story is about, ``{P}`` the same or a pronoun, ``{X}`` somebody else, ``{k}`` and ``{m}``
numbers. ``{}`` is where a step has its sum. A sentence comes with the ways to say the step that works it out.
"""

PEOPLE = (
    ("Mia", "She"),
    ("Ana", "She"),
    ("Zoe", "She"),
    ("Lena", "She"),
    ("Nora", "She"),
    ("Ruth", "She"),
    ("Ivy", "She"),
    ("Sara", "She"),
    ("Ella", "She"),
    ("Kim", "She"),
    ("Tom", "He"),
    ("Ben", "He"),
    ("Leo", "He"),
    ("Max", "He"),
    ("Paul", "He"),
    ("Sam", "He"),
    ("Noah", "He"),
    ("Finn", "He"),
    ("Omar", "He"),
    ("Jack", "He"),
)
ITEMS = (
    "books",
    "stamps",
    "marbles",
    "cards",
    "shells",
    "stickers",
    "apples",
    "coins",
    "pencils",
    "beads",
    "buttons",
    "cookies",
    "flowers",
    "photos",
    "toys",
    "stones",
)
BOXES = ("boxes", "bags", "packs", "baskets")

OPENINGS = (
    "{N} has {k} {items}.",
    "At first, {N} has {k} {items}.",
    "{N} starts the week with {k} {items}.",
    "There are {k} {items} on {N}'s table.",
)
HAS = ("{N} has {} {items}.", "So {N} has {} {items}.")
"""How many somebody has, once it is worked out."""

GAINS = (
    "{P} buys {k} more {items}.",
    "{P} finds {k} more {items}.",
    "{X} gives {N} {k} {items}.",
    "{P} gets {k} {items} from {X}.",
    "{P} wins {k} {items} at a fair.",
)
MORE = ("{N} now has {} {items}.", "That makes {} {items}.")

LOSSES = (
    "{P} loses {k} {items}.",
    "{P} gives {k} {items} to {X}.",
    "{P} sells {k} of the {items}.",
    "{X} borrows {k} {items} from {N}.",
    "{P} throws away {k} old {items}.",
)
LEFT = ("{N} has {} {items} left.", "That leaves {} {items}.")

GAINED = ("Together that is {} more {items}.", "In all {N} gets {} {items}.")
LOST = ("Together that is {} fewer {items}.", "In all {N} loses {} {items}.")
ON_BALANCE = {"+": ("On balance that is {} more {items}.",), "-": ("On balance that is {} fewer {items}.",)}
"""Two things that happen one after the other, taken together."""

GROUP_GAINS = (
    (
        "{P} buys {m} {boxes} with {k} {items} in each.",
        ("The {boxes} hold {} {items}.", "{m} {boxes} with {k} each are {} {items}."),
    ),
    ("{P} gets {k} {items} from each of {m} friends.", ("The friends give {N} {} {items}.", "{N} gets {} {items}.")),
    ("For {m} days, {N} finds {k} {items} a day.", ("In {m} days {N} finds {} {items}.", "{N} finds {} {items}.")),
)
GROUP_LOSSES = (
    (
        "{P} gives {k} {items} to each of {m} friends.",
        ("The friends get {} {items}.", "{m} friends with {k} each get {} {items}."),
    ),
    (
        "{P} sells {m} {boxes} with {k} {items} in each.",
        ("The {boxes} hold {} {items}.", "{N} sells {} {items}."),
    ),
    (
        "For {m} days, {N} gives away {k} {items} a day.",
        ("In {m} days {N} gives away {} {items}.", "{N} gives away {} {items}."),
    ),
)
SHARES = (("half", 2), ("a third", 3), ("a quarter", 4), ("a fifth", 5))
SHARINGS = (
    ("{P} gives {share} of the {items} to {X}.", ("{X} gets {} {items}.", "{N} gives {X} {} {items}.")),
    ("{P} sells {share} of the {items}.", ("{N} sells {} {items}.", "Sold are {} {items}.")),
)
TIMES = (("twice", 2), ("3 times", 3), ("4 times", 4))
GROWTHS = (
    "A week later, {N} has {times} as many {items}.",
    "In the next month, {N} gets to {times} as many {items}.",
)

RELATIONS = {
    "+": ("{N} has {k} more {items} than {X}.",),
    "-": ("{N} has {k} fewer {items} than {X}.",),
    "×": ("{N} has {times} as many {items} as {X}.",),
    "÷": ("{N} has half as many {items} as {X}.",),
}

DIFFERENCE = {"+": ("{N} has {} more {items} than {X}.",), "-": ("{N} has {} fewer {items} than {X}.",)}
"""How many more or fewer somebody has than another, worked out through a third."""

HOW_MANY = ("How many {items} does {N} have now?", "How many {items} does {N} have in the end?")
HOW_MANY_HAS = ("How many {items} does {N} have?",)
TOGETHER = (
    "How many {items} do {N} and {X} have together?",
    ("Together they have {} {items}.", "{N} and {X} have {} {items}."),
)
COMPARED = ("{X} has {k} {items}.", "How many more {items} does {N} have than {X}?", ("{N} has {} more {items}.",))
SOLD = (
    ("{P} sells all the {items} for {k} dollars each.", "All the {items} are sold for {k} dollars each."),
    "How many dollars does {N} get?",
    ("{N} gets {} dollars.", "The {items} bring {} dollars."),
)
PACKED = (
    ("{P} puts all the {items} into {boxes} of {k}.", "All the {items} go into {boxes} of {k}."),
    "How many {boxes} does {N} need?",
    ("{N} needs {} {boxes}.", "The {items} fill {} {boxes}."),
)

DISTRACTORS = (
    "{X} has {k} {items}.",
    "{X} buys {k} {items}.",
    "{X} loses {k} {items}.",
    "{N} is {k} years old.",
    "The shop is {k} minutes away.",
    "The {items} cost {k} dollars each.",
    "{N} also has {k} {other}.",
    "{X} gives {k} {other} to {N}.",
)
GROUP_DISTRACTOR = ("{X} buys {m} {boxes} with {k} {items} in each.", ("{X} buys {} {items}.",))
