"""The pages drawn from tables are those that the tables draw now."""

import pytest

from tests.shared import ROOT
from tests.tools.make_docs import KINDS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_drawn_page_is_not_stale(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == PAGES[name](), f"docs/{name} is stale: make docs"


def test_every_step_of_every_road_is_on_the_page() -> None:
    page = (ROOT / "docs/roads.md").read_text("utf-8")
    for road in (kind.road for kind in KINDS.values()):
        assert all(f"`{name}`" in page for name in road.names())
        assert all(f"### {state}" in page for state in road.states)
