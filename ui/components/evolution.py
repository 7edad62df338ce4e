"""A family of Pokémon: what each comes from, what it turns into, and how."""

from nicegui import ui

from contracts.pokedex import PokemonRecord
from shared.pokedex import Pokedex
from shared.pokedex_queries import evolves_into, family, lineage
from shared.pokedex_words import evolution_words
from shared.wording import Language
from ui.components.creature import Creature
from ui.components.markup import Tag
from ui.components.names import shown_name
from ui.components.pokemon_grid import pokemon_path
from ui.components.words import in_language
from ui.texts import pokedex as texts

Stages = tuple[tuple[PokemonRecord, ...], ...]


def evolution_stages(pokedex: Pokedex, slug: str) -> Stages:
    """The whole family in stages: the first ancestor, what comes from it, what comes from those.

    Raises KeyError for an unknown slug.
    """
    members = family(pokedex, slug)
    depths = {member.slug: len(lineage(pokedex, member.slug)) for member in members}
    stages: dict[int, list[PokemonRecord]] = {}
    for member in members:
        stages.setdefault(depths[member.slug], []).append(member)
    return tuple(tuple(stages[depth]) for depth in sorted(stages))


def draw_evolution(pokemon: PokemonRecord, pokedex: Pokedex, language: Language) -> None:
    """The stages as an ordered list of links; a sentence for a Pokémon that stands alone."""
    if pokemon.evolves_from is None and not evolves_into(pokedex, pokemon.slug):
        Tag("p", texts.NO_EVOLUTION.say(language, name=shown_name(pokemon, language)), "muted").mark(
            "no-evolution"
        )
        return
    with ui.element("ol").classes("stages"):
        for stage in evolution_stages(pokedex, pokemon.slug):
            with ui.element("li").classes("stages__stage"), ui.element("div").classes("stages__members"):
                for member in stage:
                    _draw_member(member, pokemon, language)


def _draw_member(member: PokemonRecord, shown: PokemonRecord, language: Language) -> None:
    evolution = member.evolution
    how = (
        texts.FIRST_STAGE.say(language)
        if evolution is None
        else in_language(evolution_words(evolution), language)
    )
    with ui.link(target=pokemon_path(member.slug)).classes("stages__link") as link:
        if member.slug == shown.slug:
            link.props("aria-current=page")
        Creature(member, language, decorative=True)
        with ui.element("span").classes("stages__words"):
            Tag("strong", shown_name(member, language))
            Tag("span", how, "stages__how").mark(f"how-{member.slug}")
