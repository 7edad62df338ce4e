"""The home page: what this is, how it is doing, where to go."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from nicegui import ui

from contracts.battle import BattleRequested, Combatant
from contracts.channels import BATTLE_REQUESTED, PREDICTIONS_MADE
from contracts.headers import SCHEMA_VERSION
from contracts.models import ModelReleased
from shared.bus import encode
from shared.settings import Settings
from shared.wording import Language, decimal, percent, whole
from ui.client import Bus
from ui.components.creature import Creature
from ui.components.markup import Tag
from ui.components.names import move_name, shown_name
from ui.pages import battle
from ui.pages.frame import framed, visitor_page
from ui.texts import home as texts

PATH: Final = "/"
REFRESH_SECONDS: Final = 2.0
EXAMPLES: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("pikachu", "thunderbolt", "squirtle", "water-gun"),
    ("geodude", "tackle", "gastly", "lick"),
    ("charizard", "flamethrower", "venusaur", "sludge-bomb"),
)
SHARES: Final = frozenset({"winner_accuracy", "accuracy"})


def register(bus: Bus, settings: Settings) -> None:
    """Put the page into NiceGUI's page table."""

    @visitor_page(PATH)
    def home() -> None:
        with framed(PATH, texts.HOME_TITLE) as language:
            _HomePage(bus, settings, language)


class _HomePage:
    def __init__(self, bus: Bus, settings: Settings, language: Language) -> None:
        self._bus = bus
        self._settings = settings
        self._language = language
        self._draw_hero()
        self._live = ui.element("div").classes("live")
        self._drawn: object = None
        self._refresh()
        ui.timer(REFRESH_SECONDS, self._refresh)
        self._draw_path()
        with ui.element("div").classes("two"):
            self._draw_publish()
            self._draw_links()

    def _refresh(self) -> None:
        pokedex, champion = self._bus.pokedex, self._bus.champion
        now = (self._bus.can_ask, pokedex and pokedex.pokedex_hash, champion and champion.version)
        if now == self._drawn:
            return
        self._drawn = now
        self._live.clear()
        with self._live:
            self._draw_state()
            self._draw_champion(champion)
            if pokedex is not None:
                self._draw_examples()

    def _draw_hero(self) -> None:
        language = self._language
        hero = ui.element("section").classes("hero")
        with hero, ui.element("div").classes("hero__words"):
            Tag("p", texts.HERO_KICKER.say(language), "hero__kicker")
            Tag("h1", texts.HERO_TITLE.say(language), "hero__title")
            Tag("p", texts.HERO_TEXT.say(language), "hero__text")
            with ui.element("div").classes("hero__actions"):
                ui.link(texts.HERO_ACTION.say(language), battle.PATH).classes("action action--first")
                if self._settings.gateway_url:
                    ui.link(texts.HERO_API.say(language), f"{self._settings.gateway_url}/docs").classes(
                        "action"
                    )
        with hero:
            self._draw_duel()

    def _draw_duel(self) -> None:
        pokedex = self._bus.pokedex
        with ui.element("div").classes("duel").props("aria-hidden=true"):
            for side, name in (("a", EXAMPLES[0][0]), ("b", EXAMPLES[0][2])):
                with ui.element("div").classes(f"duel__side duel__side--{side}"):
                    pokemon = None if pokedex is None else pokedex.find_pokemon(name)
                    Creature(pokemon, self._language, decorative=True)
            ui.icon("bolt").classes("duel__bolt")

    def _draw_state(self) -> None:
        language, pokedex, champion = self._language, self._bus.pokedex, self._bus.champion
        counts = {} if pokedex is None else {"pokemon": len(pokedex.pokemon), "moves": len(pokedex.moves)}
        version = "" if champion is None else champion.version
        rows = (
            (texts.STATE_BROKER, self._bus.can_ask, texts.STATE_BROKER_READY, texts.STATE_BROKER_WAITING),
            (texts.STATE_MODEL, champion is not None, texts.STATE_MODEL_READY, texts.STATE_MODEL_WAITING),
            (
                texts.STATE_POKEDEX,
                pokedex is not None,
                texts.STATE_POKEDEX_READY,
                texts.STATE_POKEDEX_WAITING,
            ),
        )
        with ui.element("section").classes("state") as section:
            section.props["aria-label"] = texts.STATE_TITLE.say(language)
            for name, is_ready, ready, waiting in rows:
                look = "state__item--ready" if is_ready else "state__item--waiting"
                with ui.element("div").classes(f"card state__item {look}"):
                    ui.icon("check_circle" if is_ready else "hourglass_top").props("aria-hidden=true")
                    with ui.element("div"):
                        with ui.element("p").classes("state__name"):
                            Tag("span", name.say(language))
                            word = texts.STATE_READY if is_ready else texts.STATE_WAITING
                            Tag("span", word.say(language), "state__word")
                        sentence = ready if is_ready else waiting
                        Tag("p", sentence.say(language, version=version, **counts), "muted")

    def _draw_champion(self, champion: ModelReleased | None) -> None:
        language = self._language
        with ui.element("section").classes("card champion"):
            Tag("h2", texts.CHAMPION_TITLE.say(language), "card__title")
            if champion is None:
                Tag("p", texts.CHAMPION_NONE.say(language), "muted")
                return
            released = datetime.fromtimestamp(champion.released_at_ms / 1000, UTC)
            with ui.element("p").classes("champion__facts"):
                Tag("code", champion.version).mark("champion")
                Tag("span", texts.CHAMPION_RELEASED.say(language, when=f"{released:%Y-%m-%d %H:%M} UTC"))
                Tag("span", texts.CHAMPION_FEATURES.say(language, count=len(champion.feature_names)))
            Tag("p", _measured_words(champion, language), "muted")
            with ui.element("dl").classes("measures"):
                for name, text in texts.METRICS.items():
                    if name in champion.metrics:
                        value = champion.metrics[name]
                        shown = percent(value, language, 2) if name in SHARES else decimal(value, 4, language)
                        with ui.element("div").classes("measures__item"):
                            Tag("dd", shown)
                            Tag("dt", text.say(language))

    def _draw_examples(self) -> None:
        language, pokedex = self._language, self._bus.pokedex
        if pokedex is None:
            return
        with ui.element("section").classes("examples"):
            Tag("h2", texts.EXAMPLES_TITLE.say(language), "section__title")
            with ui.element("div").classes("examples__list"):
                for a, move_a, b, move_b in EXAMPLES:
                    first, second = pokedex.find_pokemon(a), pokedex.find_pokemon(b)
                    if first is None or second is None:
                        continue
                    query = urlencode({"a": a, "b": b, "move_a": move_a, "move_b": move_b})
                    with ui.link(target=f"{battle.PATH}?{query}").classes("card example"):
                        for pokemon, move in ((first, move_a), (second, move_b)):
                            with ui.element("span").classes("example__side"):
                                Creature(pokemon, language, decorative=True)
                                Tag("strong", shown_name(pokemon, language))
                                Tag("span", move_name(move, pokedex, language), "muted")
                            if pokemon is first:
                                Tag("span", texts.VERSUS.say(language), "example__versus")

    def _draw_path(self) -> None:
        language = self._language
        topics = (BATTLE_REQUESTED.name, None, None, PREDICTIONS_MADE.name)
        with ui.element("section").classes("path"):
            Tag("h2", texts.PATH_TITLE.say(language), "section__title")
            with ui.element("ol").classes("path__steps"):
                for (icon, text), topic in zip(texts.PATH_STEPS, topics, strict=True):
                    with ui.element("li").classes("card path__step"):
                        ui.icon(icon).props("aria-hidden=true")
                        Tag("p", text.say(language))
                        if topic is not None:
                            Tag("code", topic)

    def _draw_publish(self) -> None:
        language = self._language
        command = publish_command(self._settings.kafka_bootstrap)
        with ui.element("section").classes("card publish"):
            Tag("h2", texts.PUBLISH_TITLE.say(language), "card__title")
            Tag("p", texts.PUBLISH_TEXT.say(language, topic=PREDICTIONS_MADE.name), "muted")
            with ui.element("div").classes("publish__code"):
                with ui.element("pre").props("tabindex=0"):
                    Tag("code", command).mark("publish-command")
                copy = ui.button(icon="content_copy", on_click=lambda: self._copy(command), color=None)
                copy.props("flat round dense").props["aria-label"] = texts.COPY.say(language)

    def _copy(self, command: str) -> None:
        ui.clipboard.write(command)
        ui.notify(texts.COPIED.say(self._language), position="bottom")

    def _draw_links(self) -> None:
        language, gateway = self._language, self._settings.gateway_url
        mlflow = self._settings.mlflow_tracking_uri or ""
        links = (
            (gateway and f"{gateway}/docs", "api", texts.LINK_API, texts.LINK_API_TEXT),
            (gateway and f"{gateway}/asyncapi", "hub", texts.LINK_EVENTS, texts.LINK_EVENTS_TEXT),
            (
                mlflow if mlflow.startswith("http") else None,
                "science",
                texts.LINK_MLFLOW,
                texts.LINK_MLFLOW_TEXT,
            ),
        )
        shown = [(url, icon, name, text) for url, icon, name, text in links if url]
        if not shown:
            return
        with ui.element("section").classes("card links"):
            Tag("h2", texts.LINKS_TITLE.say(language), "card__title")
            for url, icon, name, text in shown:
                with ui.link(target=url).classes("links__item"):
                    ui.icon(icon).props("aria-hidden=true")
                    with ui.element("span"):
                        Tag("strong", name.say(language))
                        Tag("span", text.say(language), "muted")
                    ui.icon("arrow_forward").props("aria-hidden=true").classes("links__arrow")


def _measured_words(champion: ModelReleased, language: Language) -> str:
    rows, battles = champion.metrics.get("rows"), champion.metrics.get("battles_per_row")
    if rows is None or battles is None:
        return texts.CHAMPION_MEASURED.say(language)
    shown = whole(rows, language)
    return texts.CHAMPION_MEASURED_ON.say(language, rows=shown, battles=whole(battles, language))


def publish_command(bootstrap: str) -> str:
    """A line for a POSIX shell that publishes one battle with kcat."""
    a = Combatant(pokemon="pikachu", moves=("thunderbolt",))
    b = Combatant(pokemon="squirtle", moves=("water-gun",))
    body = encode(BATTLE_REQUESTED, BattleRequested(a=a, b=b)).decode()
    return (
        f"echo '{body}' \\\n"
        f"  | kcat -P -b {bootstrap} -t {BATTLE_REQUESTED.name} \\\n"
        f"    -k my-request-1 -H {SCHEMA_VERSION}={BATTLE_REQUESTED.schema_version}"
    )
