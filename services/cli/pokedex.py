"""`dex pokedex pokemon|moves|types`: look up the Pokédex of the running stack, read from its topics."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from contracts.pokedex import EffectClass, Form, MoveCategory
from services.cli import pokedex_tables as tables
from services.cli.answers import print_json
from services.cli.outcomes import reach
from services.cli.pokedex_names import Names
from services.cli.pokedex_reading import Read, read_pokedex
from shared import pokedex_describing as describing
from shared import pokedex_queries as queries

Json = Annotated[bool, typer.Option("--json", help="Print JSON, as the REST API answers.")]
Search = Annotated[str | None, typer.Option(help="Part of a French or English name.")]
OfType = Annotated[str | None, typer.Option("--type", help="A type: id, slug, French or English name.")]


def register(app: typer.Typer, read: Read = read_pokedex) -> None:
    """Add the commands to `app`; `read` brings the Pokédex that they show."""
    group = typer.Typer(no_args_is_help=True, help="Look up Pokémon, moves and types.")
    app.add_typer(group, name="pokedex")

    @group.command()
    def pokemon(
        name: Annotated[str | None, typer.Argument(help="One Pokémon by any name; none: the list.")] = None,
        search: Search = None,
        form: Annotated[Form | None, typer.Option(help="Only this form.")] = None,
        type_name: OfType = None,
        as_json: Json = False,
    ) -> None:
        """One Pokémon with stats, weaknesses, evolutions and moves, or the list. Exit code 1: unknown."""
        if name is not None and (search or form or type_name):
            raise typer.BadParameter("give a name, or filters of the list", param_hint="NAME")
        pokedex = reach(as_json, read)
        names = Names(pokedex, as_json)
        if name is not None:
            record = names.pokemon(name)
            detail = describing.pokemon_detail(pokedex, record)
            _show(as_json, detail, lambda: tables.print_pokemon(pokedex, record))
            return
        found = queries.filter_pokemon(
            pokedex, search=search, form=form, type_slug=names.type_slug(type_name)
        )
        rows = [describing.pokemon_summary(record) for record in found]
        _show(as_json, rows, lambda: tables.print_pokemon_list(pokedex, found))

    @group.command()
    def moves(
        name: Annotated[str | None, typer.Argument(help="One move by any name; none: the list.")] = None,
        search: Search = None,
        type_name: OfType = None,
        category: Annotated[MoveCategory | None, typer.Option(help="Only this category.")] = None,
        effect_class: Annotated[EffectClass | None, typer.Option(help="Only this class of effect.")] = None,
        left_out: Annotated[
            bool, typer.Option("--left-out", help="The moves that nothing learns, and why.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """One move with who learns it, or the list. Exit code 1: unknown."""
        is_filtered = bool(search or type_name or category or effect_class)
        if (name is not None) + left_out + is_filtered > 1:
            raise typer.BadParameter("give a name, or --left-out, or filters of the list", param_hint="NAME")
        pokedex = reach(as_json, read)
        names = Names(pokedex, as_json)
        if name is not None:
            record = names.move(name)
            detail = describing.move_detail(pokedex, record)
            _show(as_json, detail, lambda: tables.print_move(pokedex, record))
        elif left_out:
            reasons = describing.moves_left_out(pokedex)
            _show(as_json, reasons, lambda: tables.print_left_out(pokedex.left_out))
        else:
            found = queries.filter_moves(
                pokedex,
                search=search,
                type_slug=names.type_slug(type_name),
                category=category,
                effect_class=effect_class,
            )
            rows = [describing.move_summary(record) for record in found]
            _show(as_json, rows, lambda: tables.print_move_list(pokedex, found))

    @group.command()
    def types(
        name: Annotated[str | None, typer.Argument(help="One type by any name; none: the list.")] = None,
        against: Annotated[
            str | None, typer.Option(help="One defending type, or two with a comma between: grass,steel.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        """One type from both sides, its multiplier against others, or the list. Exit code 1: unknown."""
        if against is not None and name is None:
            raise typer.BadParameter("name the attacking type too", param_hint="--against")
        pokedex = reach(as_json, read)
        names = Names(pokedex, as_json)
        if name is None:
            rows = [describing.type_summary(kind) for kind in pokedex.types]
            _show(as_json, rows, lambda: tables.print_type_list(pokedex))
            return
        record = names.type(name)
        if against is None:
            detail = describing.type_detail(pokedex, record)
            _show(as_json, detail, lambda: tables.print_type(pokedex, record))
        else:
            said = describing.type_effectiveness(pokedex, record, names.defending(against))
            _show(as_json, said, lambda: tables.print_effectiveness(pokedex, said))


def _show(as_json: bool, document: Any, print_text: Callable[[], None]) -> None:
    if as_json:
        print_json(document)
    else:
        print_text()
