"""Why the answer is what it is: the facts in words, and what each group of features adds."""

from collections.abc import Sequence

from nicegui import ui

from contracts.battle import BattleAnswer
from contracts.explanation import Contribution, Explanation
from shared.battle.wording import Why, why_in_words
from shared.wording import Language, percent, points
from ui.components.markup import Tag
from ui.texts import answer as texts


def draw_reasons(answer: BattleAnswer, explanation: Explanation, name_a: str, language: Language) -> None:
    """The section below the answer, in the current slot. `name_a`: whose chance the bars are about."""
    why = why_in_words(explanation, language)
    with ui.element("section").classes("reasons").mark("reasons"):
        Tag("h3", texts.WHY.say(language), "result__subtitle reasons__title")
        Tag("p", why.moves_first, "reasons__first").mark("moves-first")
        with ui.element("div").classes("reasons__sides"):
            _draw_side("a", why.a_title, why.a)
            _draw_side("b", why.b_title, why.b)
        if explanation.reference_probability is None:
            Tag("p", texts.WHY_NO_REFERENCE.say(language), "muted")
        else:
            lead = texts.WHY_POINTS.say(
                language,
                a=name_a,
                reference=percent(explanation.reference_probability, language, 0),
                chance=percent(answer.win_probability, language),
            )
            Tag("p", lead, "muted")
            _draw_bars(explanation.contributions, why, language)


def _draw_bars(contributions: Sequence[Contribution], why: Why, language: Language) -> None:
    """Largest first; towards the left what speaks for `a`, as in the bar of chances."""
    longest = max((abs(one.points) for one in contributions), default=0.0) or 1.0
    with ui.element("ul").classes("reasons__list"):
        for one in sorted(contributions, key=lambda part: -abs(part.points)):
            with ui.element("li").classes("reasons__part"):
                Tag("span", why.groups[one.group], "reasons__name")
                with ui.element("span").classes("reasons__track").props("aria-hidden=true"):
                    side = "a" if one.points >= 0 else "b"
                    bar = ui.element("span").classes(f"reasons__bar reasons__bar--{side}")
                    bar.style(f"--size:{abs(one.points) / longest:.4f}")
                Tag("span", points(one.points, language), "reasons__points").mark("points")


def _draw_side(side: str, title: str, sentences: Sequence[str]) -> None:
    with ui.element("div").classes(f"reasons__side reasons__side--{side}"):
        Tag("h4", title)
        with ui.element("ul"):
            for sentence in sentences:
                Tag("li", sentence).mark(f"fact-{side}")
