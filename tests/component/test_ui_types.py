"""The type chart, with NiceGUI's simulated browser."""

from tests.support.ui_site import Site, put, site
from ui.components.type_chart import TypeChart

__all__ = ["site"]


async def test_the_chart_has_every_type_against_every_type(site: Site) -> None:
    await site.open("/types")
    (chart,) = site.user.find(kind=TypeChart, marker="chart").elements
    cells = [cell["text"] for row in chart.props["rows"] for cell in row["cells"]]
    assert {text: cells.count(text) for text in set(cells)} == {"1": 204, "½": 61, "2": 51, "0": 8}
    fire = next(row for row in chart.props["rows"] if row["slug"] == "fire")
    assert next(cell for cell in fire["cells"] if cell["slug"] == "grass")["title"] == (
        "Fire against Grass: super effective"
    )


async def test_two_types_are_weighed_together(site: Site) -> None:
    await site.open("/types?against=feu,vol")
    (group,) = site.user.find(marker="multiplier-4").elements
    assert [badge.text for badge in group.default_slot.children] == ["Rock"]  # type: ignore[attr-defined]
    put(site, "second-type", "")
    await site.user.should_not_see(marker="multiplier-4")
