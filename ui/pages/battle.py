"""The battle page: pick two sides, ask, read the answer."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from fastapi import Request
from nicegui import app, ui

from contracts.battle import BattleAnswer, BattleRequested, Combatant, SideName
from contracts.serving import Predicted, Refused
from shared.pokedex import MAXIMUM_NAME_LENGTH, Pokedex
from shared.wording import Language
from ui.battles import AskedBattle, Battles, Shelf, choose_battle
from ui.client import Bus
from ui.components.fighter import Fighter
from ui.components.followed import follow_pokedex
from ui.components.markup import Tag
from ui.components.no_answer import draw_failure, draw_refusal
from ui.components.problems import draw_left_out
from ui.components.result import Result
from ui.links import BattleLink, read_battle_link
from ui.pages.frame import framed, visitor_page
from ui.picks import Problem
from ui.texts import battle as texts
from ui.texts.answer import RESULT

PATH: Final = "/battle"
FIRST_VISIT: Final = BattleRequested(a=Combatant(pokemon="pikachu"), b=Combatant(pokemon="eevee"))
_SHOW_RESULT: Final = """
const title = document.querySelector("#result h2");
if (title) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  title.focus({ preventScroll: true });
  title.closest("article").scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}
"""


def register(bus: Bus, battles: Battles) -> None:
    """Put the page into NiceGUI's page table."""

    @visitor_page(PATH)
    def battle(request: Request) -> None:
        with framed(PATH, texts.BATTLE_TITLE) as language:
            with ui.element("div").classes("intro"):
                Tag("h1", texts.BATTLE_HEADING.say(language), "intro__title")
                Tag("p", texts.BATTLE_LEAD.say(language), "intro__lead")
            pages: list[_BattlePage] = []
            link = read_battle_link(request.query_params.multi_items())

            def draw(pokedex: Pokedex) -> None:
                pages.append(_BattlePage(bus, battles, pokedex, language, link))

            follow_pokedex(bus, language, draw, lambda pokedex: pages[0].follow(pokedex))


class _BattlePage:
    def __init__(
        self, bus: Bus, battles: Battles, pokedex: Pokedex, language: Language, link: BattleLink
    ) -> None:
        self._bus = bus
        self._battles = battles
        self._pokedex = pokedex
        self._language = language
        self._shelf = Shelf(app.storage.user)
        self._client = ui.context.client
        self._is_asking = False
        self._battle: AskedBattle | None = None

        self._left_out = ui.element("div").classes("left-out")
        with ui.element("div").classes("arena"):
            self._fighters: dict[SideName, Fighter] = {
                "a": Fighter("a", pokedex, language, self._picks_changed)
            }
            with ui.element("div").classes("arena__middle"):
                Tag("span", "VS", "arena__versus").props("aria-hidden=true")
                swap = ui.button(icon="swap_horiz", on_click=self._swap, color=None).props("round outline")
                swap.props["aria-label"] = texts.SWAP.say(language)
                swap.classes("arena__swap").mark("swap")
            self._fighters["b"] = Fighter("b", pokedex, language, self._picks_changed)
        self._hint = ui.element("div").classes("hint").props("role=alert")
        self._button = ui.button(texts.ASK.say(language), icon="bolt", on_click=self._submit, color=None)
        self._button.props("no-caps unelevated size=lg").classes("ask").mark("ask")
        self._status = Tag("p", "", "visually-hidden").props("role=status")
        self._outcome = ui.element("section").classes("outcome").props("id=result")
        self._outcome.props["aria-label"] = RESULT.say(language)
        self._open(link)

    def follow(self, pokedex: Pokedex) -> None:
        """Offer what another Pokédex has; picks and answer stay."""
        self._pokedex = pokedex
        left_out = [problem for fighter in self._fighters.values() for problem in fighter.follow(pokedex)]
        if left_out:
            self._tell(left_out)
        self._show_possible()

    def _open(self, link: BattleLink) -> None:
        """Show the battle of the link, else the sides of the link, else what this visitor left."""
        problems = [Problem(texts.LINK_IGNORED.say(self._language, part=part)) for part in link.ignored]
        kept = self._shelf.find(link.id) if link.id is not None else None
        if link.id is not None and kept is None:
            id_shown = link.id[:MAXIMUM_NAME_LENGTH]
            problems.append(Problem(texts.BATTLE_NOT_KEPT.say(self._language, id=id_shown)))
        if kept is None and any(side.is_given for side in link.sides.values()):
            self._tell(problems + self._open_sides(link))
            self._keep_draft()
            self._show_possible()
            return
        latest = self._shelf.latest()
        body = kept.body if kept is not None else self._shelf.draft() or FIRST_VISIT
        self._tell(problems + self._show_picks(body))
        self._show_possible()
        if kept is None and latest is not None and latest.body == body:
            kept = latest
        if kept is None:
            return
        self._battle = kept
        if not kept.has_outcome:
            # once, and only for a browser that is really there: the same id again, with the same body
            ui.timer(0, lambda: self._ask(kept), once=True)
        else:
            self._draw(kept)

    def _open_sides(self, link: BattleLink) -> list[Problem]:
        """Why parts of the link's sides are left out; a side it does not name keeps its Pokémon."""
        left = self._shelf.draft() or FIRST_VISIT
        problems: list[Problem] = []
        before: tuple[tuple[SideName, Combatant], ...] = (("a", left.a), ("b", left.b))
        for name, combatant in before:
            side, fighter = link.sides[name], self._fighters[name]
            if side.is_given:
                pokemon = str(combatant.pokemon) if side.pokemon is None else side.pokemon
                problems += fighter.open(pokemon, side.level, side.moves)
            else:
                problems += fighter.set(combatant)
        return problems

    def _tell(self, left_out: Sequence[Problem]) -> None:
        self._left_out.clear()
        with self._left_out:
            draw_left_out(left_out, self._language)

    def _show_picks(self, body: BattleRequested) -> list[Problem]:
        return [*self._fighters["a"].set(body.a), *self._fighters["b"].set(body.b)]

    def _show_possible(self) -> None:
        """Dim the button while something is missing or wrong; a press then says what."""
        is_possible = isinstance(self._read(), BattleRequested)
        self._button.props["aria-disabled"] = "false" if is_possible else "true"

    def _swap(self) -> None:
        a, b = self._fighters["a"].read(), self._fighters["b"].read()
        if isinstance(a, Combatant) and isinstance(b, Combatant):
            left_out = self._show_picks(BattleRequested(a=b, b=a))
            self._picks_changed()
            self._tell(left_out)
        else:
            self._refuse(a if isinstance(a, str) else str(b))

    def _picks_changed(self) -> None:
        self._hint.clear()
        self._left_out.clear()
        self._keep_draft()
        self._show_possible()
        if self._battle is not None:
            self._outcome.classes(add="outcome--earlier")
            ui.navigate.history.replace(PATH)

    def _keep_draft(self) -> None:
        body = self._read()
        if isinstance(body, BattleRequested):
            self._shelf.keep_draft(body)

    def _read(self) -> BattleRequested | str:
        a, b = self._fighters["a"].read(), self._fighters["b"].read()
        if isinstance(a, str):
            return a
        if isinstance(b, str):
            return b
        return BattleRequested(a=a, b=b, explain=True)

    async def _submit(self) -> None:
        body = self._read()
        if isinstance(body, str):
            self._refuse(body)
            return
        self._hint.clear()
        champion = self._bus.champion
        version = None if champion is None else champion.version
        await self._ask(choose_battle(body, self._shelf.latest(), version))

    def _refuse(self, sentence: str) -> None:
        self._hint.clear()
        with self._hint:
            Tag("p", sentence).mark("hint")

    async def _ask(self, battle: AskedBattle) -> None:
        if self._is_asking:
            return
        self._is_asking = True
        self._battle = battle
        self._shelf.keep_draft(battle.body)
        self._button.props(add="loading")
        self._status.text = texts.ASKING.say(self._language)
        self._outcome.classes(add="outcome--earlier")
        ui.navigate.history.replace(f"{PATH}?id={battle.request_id}")
        try:
            outcome = await self._battles.ask(battle, self._shelf)
        finally:
            self._is_asking = False
        if self._client.is_deleted:
            return
        self._battle = outcome
        self._button.props(remove="loading")
        self._status.text = ""
        self._draw(outcome)
        ui.run_javascript(_SHOW_RESULT)

    def _draw(self, battle: AskedBattle) -> None:
        self._outcome.clear()
        self._outcome.classes(remove="outcome--earlier")

        async def retry() -> None:
            await self._ask(battle)

        with self._outcome:
            match battle.reply:
                case Predicted() as reply:
                    answer = msgspec.json.decode(reply.answer, type=BattleAnswer)
                    Result(reply, answer, self._pokedex, self._language)
                case Refused() as refusal:
                    pick = self._picker_of(refusal.field)
                    draw_refusal(refusal, self._pokedex, self._language, pick, retry)
                case None:
                    draw_failure(battle.failure or "", self._language, retry)

    def _picker_of(self, field: str) -> Callable[[str], None]:
        side: SideName = "b" if field.startswith("b.") else "a"
        fighter = self._fighters[side]
        return fighter.type_move if ".moves" in field else fighter.type_pokemon
