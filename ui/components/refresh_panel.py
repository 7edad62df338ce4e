"""Ask for a refresh of the Pokédex, and watch it."""

from typing import Final, get_args

from nicegui import app, ui

from contracts.pokedex import (
    IngestStep,
    PokedexRefreshCompleted,
    PokedexRefreshProgressed,
    PokedexRefreshRequested,
    SourceName,
)
from shared.wording import Language, whole
from ui.client import Bus
from ui.components.markup import Tag
from ui.components.refresh_result import draw_refresh_result, outcome_words
from ui.refreshes import AskedRefresh, Refreshes, RefreshSlot, RefreshState, choose_refresh
from ui.texts import refresh as texts

LOOK_SECONDS: Final = 0.5
SOURCES: Final[tuple[SourceName, ...]] = get_args(SourceName)
STEPS: Final[tuple[IngestStep, ...]] = get_args(IngestStep)


def fraction_done(progressed: PokedexRefreshProgressed) -> float:
    """How much of a refresh is done, 0 to 1, every step weighing the same."""
    within = min(1.0, progressed.done / progressed.total) if progressed.total > 0 else 0.0
    return (STEPS.index(progressed.step) + within) / len(STEPS)


def progress_words(progressed: PokedexRefreshProgressed, language: Language) -> str:
    """Which step, and how far within it."""
    return texts.STEP.say(
        language,
        number=STEPS.index(progressed.step) + 1,
        count=len(STEPS),
        step=texts.STEPS[progressed.step].say(language),
        done=whole(progressed.done, language),
        total=whole(progressed.total, language),
    )


class RefreshPanel:
    """A button that opens the form, and below it how the visitor's refresh goes on."""

    def __init__(self, bus: Bus, refreshes: Refreshes, language: Language) -> None:
        """Draw into the current slot; open when the visitor has a refresh that is not over."""
        self._bus = bus
        self._refreshes = refreshes
        self._language = language
        self._slot = RefreshSlot(app.storage.user)
        self._drawn: object = None
        self._button = ui.button(texts.REFRESH.say(language), icon="sync", on_click=self._toggle, color=None)
        self._button.props("no-caps outline").classes("refresh__open").mark("refresh-open")
        with ui.element("section").classes("card refresh") as self._panel:
            self._panel.props["aria-label"] = texts.TITLE.say(language)
            Tag("h2", texts.TITLE.say(language), "card__title")
            Tag("p", texts.LEAD.say(language), "muted")
            self._draw_form()
            self._status = Tag("p", "", "refresh__status").props("role=status").mark("refresh-status")
            self._bar = ui.linear_progress(0, show_value=False).classes("refresh__bar").mark("refresh-bar")
            self._bar.props["aria-label"] = texts.PROGRESS.say(language)
            self._detail = Tag("p", "", "refresh__detail muted").mark("refresh-detail")
            self._buttons = ui.element("div").classes("refresh__buttons")
            self._result = ui.element("div")
        kept = self._slot.kept()
        state = None if kept is None else bus.refreshes.state(kept.refresh_id)
        self._show_panel(kept is not None and (state is None or state.completed is None))
        self._look()
        ui.timer(LOOK_SECONDS, self._look)

    def _draw_form(self) -> None:
        language = self._language
        with ui.element("fieldset").classes("refresh__form") as self._form:
            Tag("legend", texts.SOURCE.say(language))
            names = {
                name: f"{texts.SOURCES[name].say(language)} – {texts.SOURCE_NOTES[name].say(language)}"
                for name in SOURCES
            }
            self._source = ui.radio(names, value=SOURCES[0]).mark("refresh-source")
            self._force = ui.checkbox(texts.FORCE.say(language)).mark("refresh-force")
            start = ui.button(texts.START.say(language), icon="sync", on_click=self._submit, color=None)
            start.props("no-caps unelevated").classes("retry").mark("refresh-start")

    def _toggle(self) -> None:
        self._show_panel(not self._panel.visible)

    def _show_panel(self, is_open: bool) -> None:
        self._panel.set_visibility(is_open)
        self._button.props["aria-expanded"] = str(is_open).lower()

    async def _submit(self) -> None:
        body = PokedexRefreshRequested(source=self._source.value, force=bool(self._force.value))
        kept = self._slot.kept()
        state = None if kept is None else self._bus.refreshes.state(kept.refresh_id)
        await self._send(choose_refresh(body, kept, state))

    async def _send(self, refresh: AskedRefresh) -> None:
        await self._refreshes.request(refresh, self._slot)
        self._look()

    def _forget(self) -> None:
        self._slot.forget()
        self._look()

    def _look(self) -> None:
        kept, board = self._slot.kept(), self._bus.refreshes
        own = None if kept is None else board.state(kept.refresh_id)
        is_sending = kept is not None and self._refreshes.is_running(kept.refresh_id)
        now = (kept, own, is_sending, board.latest())
        if now != self._drawn:
            self._drawn = now
            self._draw(kept, own, is_sending)

    def _draw(self, kept: AskedRefresh | None, own: RefreshState | None, is_sending: bool) -> None:
        language, latest = self._language, self._bus.refreshes.latest()
        completed = None if own is None else own.completed
        is_waiting = kept is not None and completed is None
        is_unsent = is_waiting and own is None and not is_sending and kept is not None and not kept.is_sent
        is_others = not is_waiting and latest is not None and latest.completed is None
        shown = own if is_waiting else latest if is_others else None
        progressed = None if shown is None else shown.progressed
        self._form.set_visibility(not is_waiting)
        self._bar.set_visibility(progressed is not None)
        self._detail.set_visibility(progressed is not None)
        self._status.text = ""
        self._status.classes(replace=f"refresh__status refresh__status--{_look_of(completed, is_unsent)}")
        if is_unsent:
            self._status.text = texts.NOT_SENT.say(language)
        elif progressed is not None:
            step = texts.STEPS[progressed.step].say(language)
            own_words = f"{step[0].upper()}{step[1:]}"
            self._status.text = texts.OTHERS.say(language) if is_others else own_words
            self._bar.value = fraction_done(progressed)
            detail = f" · {progressed.detail}" if progressed.detail else ""
            self._detail.text = f"{progress_words(progressed, language)}{detail}"
        elif is_waiting:
            self._status.text = texts.REQUESTED.say(language)
        elif completed is not None:
            self._status.text = outcome_words(completed, language)
        self._draw_buttons(kept if is_waiting else None, is_unsent)
        self._result.clear()
        if completed is not None:
            with self._result:
                draw_refresh_result(completed, language)

    def _draw_buttons(self, waited: AskedRefresh | None, is_unsent: bool) -> None:
        self._buttons.clear()
        if waited is None:
            return
        with self._buttons:
            if is_unsent:
                again = ui.button(
                    texts.AGAIN.say(self._language), on_click=lambda: self._send(waited), color=None
                )
                again.props("no-caps unelevated").classes("retry").mark("refresh-again")
            forget = ui.button(texts.FORGET.say(self._language), on_click=self._forget, color=None)
            forget.props("no-caps outline").mark("refresh-forget")


def _look_of(completed: PokedexRefreshCompleted | None, is_unsent: bool) -> str:
    if is_unsent:
        return "failed"
    return "going" if completed is None else completed.outcome
