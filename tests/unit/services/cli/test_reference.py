from pathlib import Path

import typer

from services.cli.reference import command_table, metric_table, settings_table


def test_a_command_is_shown_as_it_is_called() -> None:
    app = typer.Typer()

    @app.command("best-move")
    def best(a: str, b: str = "", *, as_json: bool = typer.Option(False, "--json")) -> None:
        """Which move | to play.

        More about it.
        """

    @app.command(hidden=True)
    def secret() -> None:
        """Not shown."""

    @app.command()
    def test(tiers: list[str] = typer.Argument(None)) -> None:  # noqa: B008 - Typer's own form
        """Run."""

    assert command_table(typer.main.get_command(app)).splitlines()[2:] == [
        "| `./dex best-move A` | `--b` `--json` | Which move \\| to play. |",
        "| `./dex test [TIERS…]` |  | Run. |",
    ]


def test_commands_of_a_group_are_shown_with_its_name() -> None:
    app, group = typer.Typer(), typer.Typer()
    app.add_typer(group, name="pokedex")

    @group.command()
    def moves() -> None:
        """The moves."""

    @group.command()
    def types(name: str = typer.Argument(None)) -> None:
        """The types."""

    assert command_table(typer.main.get_command(app)).splitlines()[2:] == [
        "| `./dex pokedex moves` |  | The moves. |",
        "| `./dex pokedex types [NAME]` |  | The types. |",
    ]


def test_settings_are_named_as_in_the_environment() -> None:
    table = settings_table()
    assert "| `PDX_KAFKA_BOOTSTRAP` | `127.0.0.1:9092` |" in table
    assert "| `MLFLOW_TRACKING_URI` | none |" in table
    assert "| `PDX_ARTIFACTS` | derived |" in table
    assert "| `PDX_INSTANCE_ID` | host name and process |" in table


def test_metrics_are_found_where_they_are_declared(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "metrics.py").write_text(
        "class M:\n"
        "    def __init__(self, registry):\n"
        "        def counter(name, text, *labels):\n"
        "            return Counter(name, text, ('channel', *labels), registry=registry)\n"
        "        self.b = counter('pdx_b_total', 'Bs', 'reason')\n"
        "        self.a = Gauge('pdx_a', 'As', registry=registry)\n"
        "        self.c = Gauge('other', 'not ours')\n"
    )
    assert metric_table(tmp_path, ("shared",)).splitlines()[2:] == [
        "| `pdx_a` | gauge |  | As | `shared/metrics.py` |",
        "| `pdx_b_total` | counter | `channel`, `reason` | Bs | `shared/metrics.py` |",
    ]
