"""The answer to a battle: winner, chances, verdict, advice, and where it came from."""

from nicegui import ui

from contracts.battle import BattleAnswer, Verdict
from contracts.serving import Predicted
from shared.battle.texts import VERDICTS
from shared.battle.wording import interval_in_words, notes_in_words
from shared.pokedex import Pokedex
from shared.wording import Language, percent
from ui.components.creature import Creature
from ui.components.markup import Tag
from ui.components.move_matrix import MoveMatrix, shown_mix
from ui.components.names import move_name, pokemon_name
from ui.components.reasons import draw_reasons
from ui.texts import answer as texts
from ui.texts.battle import FIELD_SIDES
from ui.texts.home import COPIED

_VERDICT_LOOKS: dict[Verdict, tuple[str, str]] = {
    "sure": ("verified", "verdict--sure"),
    "likely": ("trending_up", "verdict--likely"),
    "too close to call": ("balance", "verdict--close"),
}


class Result:
    """The card of one answer."""

    def __init__(
        self,
        reply: Predicted,
        answer: BattleAnswer,
        pokedex: Pokedex,
        language: Language,
    ) -> None:
        """Draw the card into the current slot."""
        self._answer = answer
        self._pokedex = pokedex
        self._language = language
        with ui.element("article").classes(f"card result result--{answer.winner}"):
            self._draw_head()
            self._draw_bar()
            self._draw_advice()
            self._draw_moves()
            if answer.explanation is not None:
                draw_reasons(answer, answer.explanation, self._name("a"), language)
            self._draw_origin(reply)

    def _name(self, side: str) -> str:
        slug = self._answer.pokemon_a if side == "a" else self._answer.pokemon_b
        return pokemon_name(slug, self._pokedex, self._language)

    def _draw_head(self) -> None:
        answer, language = self._answer, self._language
        is_a = answer.winner == "a"
        chance = answer.win_probability if is_a else 1 - answer.win_probability
        slug = answer.pokemon_a if is_a else answer.pokemon_b
        name = self._name(answer.winner)
        if answer.pokemon_a == answer.pokemon_b:
            side = FIELD_SIDES[answer.winner].say(language).lower()
            name = f"{name} ({side})"
        is_close = answer.verdict == "too close to call"
        title = (texts.LEADS if is_close else texts.WINS).say(language, name=name)
        icon, look = _VERDICT_LOOKS[answer.verdict]
        with ui.element("header").classes("result__head"):
            Creature(self._pokedex.pokemon_by_slug.get(slug), language, decorative=True).classes(
                "result__creature"
            )
            with ui.element("div").classes("result__words"):
                with ui.element("p").classes(f"verdict {look}"):
                    ui.icon(icon).props("aria-hidden=true")
                    Tag("span", VERDICTS[answer.verdict].say(language)).mark("verdict")
                heading = Tag("h2", title, "result__title").mark("winner")
                heading.props("tabindex=-1")
            with ui.element("div").classes("result__chance"):
                Tag("p", percent(chance, language), "result__number").mark("probability")
                Tag("p", texts.WINNER_PROBABILITY.say(language), "result__unit")
                low, high = answer.interval
                interval = (low, high) if is_a else (1 - high, 1 - low)
                words = interval_in_words(interval, answer.coverage, language)
                Tag("p", words, "result__interval").mark("interval")

    def _draw_bar(self) -> None:
        answer, language = self._answer, self._language
        a, b = self._name("a"), self._name("b")
        pa, pb = percent(answer.win_probability, language), percent(1 - answer.win_probability, language)
        with ui.element("div").classes("chances"):
            with ui.element("div").classes("chances__names").props("aria-hidden=true"):
                Tag("span", f"{a} · {pa}", "chances__a")
                Tag("span", f"{pb} · {b}", "chances__b")
            low, high = answer.interval
            bar = ui.element("div").classes("chances__bar").props("role=img")
            bar.props["aria-label"] = texts.CHANCES.say(language, a=a, pa=pa, b=b, pb=pb)
            bar.style(f"--chance:{answer.win_probability:.4f};--low:{low:.4f};--high:{high:.4f}")
            with bar:
                ui.element("span").classes("chances__fill")
                ui.element("span").classes("chances__interval")

    def _draw_advice(self) -> None:
        answer, language = self._answer, self._language
        facts = (
            (texts.PLAY, move_name(answer.recommended_move, self._pokedex, language), "recommended"),
            (texts.BEST_REPLY, move_name(answer.best_reply, self._pokedex, language), "best-reply"),
            (texts.AVERAGE_CASE, percent(answer.average_case, language), "average-case"),
        )
        with ui.element("dl").classes("facts"):
            for text, value, marker in facts:
                with ui.element("div").classes("facts__item"):
                    Tag("dt", text.say(language))
                    Tag("dd", value).mark(marker)

    def _draw_moves(self) -> None:
        answer, language = self._answer, self._language
        Tag("h3", texts.MATRIX_TITLE.say(language), "result__subtitle")
        MoveMatrix(answer, self._pokedex, language).mark("matrix")
        notes = notes_in_words(answer, language)
        if answer.equilibrium is not None and shown_mix(answer) is not None:
            value = percent(answer.equilibrium.value, language)
            a, b = self._name("a"), self._name("b")
            notes.insert(0, texts.EQUILIBRIUM.say(language, a=a, b=b, value=value))
        if answer.not_scored:
            moves = ", ".join(move_name(item.move, self._pokedex, language) for item in answer.not_scored)
            notes.append(texts.NOT_SCORED.say(language, moves=moves))
        for note in notes:
            Tag("p", note, "result__note")

    def _draw_origin(self, reply: Predicted) -> None:
        language = self._language
        with ui.element("footer").classes("result__origin"):
            with ui.element("span"):
                Tag("span", f"{texts.MODEL.say(language)} ", "muted")
                Tag("code", reply.model_version).mark("model-version")
            with ui.element("span").classes("result__request"):
                Tag("span", f"{texts.REQUEST_ID.say(language)} ", "muted")
                Tag("code", reply.request_id).mark("request-id")
                copy = ui.button(
                    icon="content_copy", on_click=lambda: self._copy(reply.request_id), color=None
                )
                copy.props("flat round dense size=sm")
                copy.props["aria-label"] = texts.COPY_REQUEST_ID.say(language)

    def _copy(self, request_id: str) -> None:
        ui.clipboard.write(request_id)
        ui.notify(COPIED.say(self._language), position="bottom")
