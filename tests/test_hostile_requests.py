"""Hostile values at every address; `python -m tests.assurance.doors` asks many more."""

import pytest
from django.test import Client

from tests.access_table import TABLE
from tests.assurance.doors import Prober
from tests.test_urls_by_role import World, world  # noqa: F401 (the fixture is used)


@pytest.mark.slow
def test_no_hostile_request_breaks_a_page_or_becomes_a_part_of_it(world: World):  # noqa: F811
    quiet = {}
    for actor, client in world.clients.items():
        quiet[actor] = Client(raise_request_exception=False)
        quiet[actor].cookies = client.cookies
    asked = World(world.named, quiet, world.subject)
    figures = Prober(asked, seed=20200615).run(300)
    assert figures.wrong == []
    assert figures.pages == {row.name for row in TABLE}
    assert figures.codes[422] + figures.codes[409] > 20, "forms were reached, and said what is wrong"
