"""The battle page: pick two sides, ask, read the answer."""

from collections.abc import Callable
from typing import Final

import msgspec
from fastapi import Request
from nicegui import app, ui

from contracts.battle import BattleAnswer, BattleRequested, Combatant, SideName
from contracts.serving import Predicted, Refused
from shared.pokedex import Pokedex
from shared.wording import Language
from ui.battles import AskedBattle, Battles, Shelf, choose_battle
from ui.client import Bus
from ui.components.fighter import Fighter
from ui.components.followed import follow_pokedex
from ui.components.markup import Tag
from ui.components.no_answer import draw_failure, draw_refusal, draw_suggestions
from ui.components.result import Result
from ui.pages.frame import framed, visitor_page
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
            query = dict(request.query_params)

            def draw(pokedex: Pokedex) -> None:
                pages.append(_BattlePage(bus, battles, pokedex, language, query))

            follow_pokedex(bus, language, draw, lambda pokedex: pages[0].follow(pokedex))


class _BattlePage:
    def __init__(
        self, bus: Bus, battles: Battles, pokedex: Pokedex, language: Language, query: dict[str, str]
    ) -> None:
        self._bus = bus
        self._battles = battles
        self._pokedex = pokedex
        self._language = language
        self._shelf = Shelf(app.storage.user)
        self._client = ui.context.client
        self._is_asking = False
        self._battle: AskedBattle | None = None

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
        self._open(query)

    def follow(self, pokedex: Pokedex) -> None:
        """Offer what another Pokédex has; picks and answer stay."""
        self._pokedex = pokedex
        for fighter in self._fighters.values():
            fighter.follow(pokedex)

    def _open(self, query: dict[str, str]) -> None:
        """Show the battle of the link, else the sides of the link, else what this visitor left."""
        kept = self._shelf.find(query["id"]) if "id" in query else None
        if kept is None and ("a" in query or "b" in query):
            self._open_link(query)
            return
        latest = self._shelf.latest()
        body = kept.body if kept is not None else self._shelf.draft() or FIRST_VISIT
        self._show_picks(body)
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

    def _open_link(self, query: dict[str, str]) -> None:
        left = self._shelf.draft() or FIRST_VISIT
        a = _combatant(query["a"], query.get("move_a")) if "a" in query else left.a
        b = _combatant(query["b"], query.get("move_b")) if "b" in query else left.b
        self._show_picks(BattleRequested(a=a, b=b))
        sides: tuple[SideName, ...] = ("a", "b")
        for side in sides:
            if side not in query:
                continue
            name = query[side][:60]
            if self._pokedex.find_pokemon(name) is None:
                with self._hint:
                    Tag("p", texts.LINK_UNKNOWN.say(self._language, name=name))
                    nearest = self._pokedex.suggest_pokemon(name)
                    draw_suggestions(nearest, self._language, self._picker(side))
        self._keep_draft()

    def _show_picks(self, body: BattleRequested) -> None:
        self._fighters["a"].set(body.a)
        self._fighters["b"].set(body.b)

    def _swap(self) -> None:
        a, b = self._fighters["a"].read(), self._fighters["b"].read()
        if isinstance(a, Combatant) and isinstance(b, Combatant):
            self._show_picks(BattleRequested(a=b, b=a))
            self._picks_changed()

    def _picks_changed(self) -> None:
        self._hint.clear()
        self._keep_draft()
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
        self._hint.clear()
        if isinstance(body, str):
            with self._hint:
                Tag("p", body)
            return
        champion = self._bus.champion
        version = None if champion is None else champion.version
        await self._ask(choose_battle(body, self._shelf.latest(), version))

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
                    draw_refusal(refusal, self._language, self._picker_of(refusal.field), retry)
                case None:
                    draw_failure(battle.failure or "", self._language, retry)

    def _picker_of(self, field: str) -> Callable[[str], None]:
        side: SideName = "b" if field.startswith("b.") else "a"
        if ".moves" not in field:
            return self._picker(side)

        def pick_move(name: str) -> None:
            self._fighters[side].add_move(name)

        return pick_move

    def _picker(self, side: SideName) -> Callable[[str], None]:
        def pick(name: str) -> None:
            self._fighters[side].set(Combatant(pokemon=name))
            self._picks_changed()

        return pick


def _combatant(pokemon: str, move: str | None) -> Combatant:
    return Combatant(pokemon=pokemon, moves=None if move is None else (move,))
