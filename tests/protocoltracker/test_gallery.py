"""All components in a real browser: accessible, inside the content policy, at every width, light and dark, by keys."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from tests.protocoltracker import gallery, samples

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = [320, 390, 768, 1440]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with gallery.browser() as running:
        yield running


@pytest.fixture(scope="module")
def html() -> Iterator[Any]:
    with override_settings(TEMPLATES=gallery.with_test_templates()):
        yield {
            theme: gallery.render("components.html", samples.components(), theme=theme, current="Patients")
            for theme in ("light", "dark")
        }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_components_are_accessible_and_obey_the_policy(chromium, html, theme, width):
    from axe_playwright_python.sync_playwright import Axe

    shown = gallery.show(chromium, html[theme], width=width)
    shown.page.evaluate("scrollTo(0, 0)")  # a bar over half a button would make the button look too small
    found = Axe().run(shown.page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 30  # axe did look
    assert shown.refused == []
    assert gallery.sideways(shown.page) == 0
    shown.page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_text_twice_as_large_still_fits(chromium, html, width):
    large = gallery.launch(chromium.browser_type, "--blink-settings=defaultFontSize=32")
    page = gallery.show(large, html["light"], width=width).page
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert gallery.sideways(page) == 0
    large.close()


def test_print_leaves_out_the_chrome_and_keeps_the_notice(chromium, html):
    page = gallery.show(chromium, html["dark"]).page
    page.emulate_media(media="print")
    for hidden in (".pt-rail", ".pt-top", ".pt-tabbar", ".pt-toasts"):
        assert not page.locator(hidden).is_visible()
    assert page.get_by_text("Synthetic data").is_visible()
    assert page.get_by_text("Page read").is_visible()
    page.context.close()


def test_question_mark_opens_the_list_of_keys_and_escape_closes_it(chromium, html):
    page = gallery.show(chromium, html["light"]).page
    page.locator("h1").click()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()
    page.context.close()


def test_slash_goes_to_the_search_and_keys_rest_while_typing(chromium, html):
    page = gallery.show(chromium, html["light"]).page
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("t?p")
    assert page.locator("#q").input_value() == "t?p"
    assert not page.locator("#keys").is_visible()
    page.context.close()


def test_keys_can_be_switched_off(chromium, html):
    page = gallery.show(chromium, html["light"].replace("<body", '<body data-keys="off"', 1)).page
    page.locator("h1").click()
    page.keyboard.press("?")
    assert not page.locator("#keys").is_visible()
    page.context.close()


def test_g_acts_only_on_the_row_in_focus(chromium, html):
    row = '<ul><li data-row tabindex="-1" id="r1"><a class="pt-subj" href="#open">1</a></li>'
    row += '<li data-row tabindex="-1" id="r2">'
    row += '<button type="button" data-key="g" id="give">g</button></li></ul></main>'
    page = gallery.show(chromium, html["light"].replace("</main>", row, 1)).page
    page.evaluate("document.getElementById('give').addEventListener('click', () => { window.given = true })")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == "r1"
    page.keyboard.press("g")
    assert page.evaluate("window.given") is None
    page.keyboard.press("j")
    page.keyboard.press("g")
    assert page.evaluate("window.given") is True
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#open")
    page.context.close()


def test_focus_goes_to_the_faults_first(chromium, html):
    page = gallery.show(chromium, html["light"]).page
    assert page.evaluate("document.activeElement.className") == "pt-errors"
    page.context.close()


def test_form_is_sent_once_however_often_the_button_is_pressed(chromium, html):
    page = gallery.show(chromium, html["light"]).page
    page.evaluate(
        "window.sent = 0; document.addEventListener('submit', (event) => {"
        " if (!event.defaultPrevented) window.sent += 1; event.preventDefault() })"
    )
    button = page.get_by_role("button", name="Undo").first
    button.click()
    button.click()
    assert page.evaluate("window.sent") == 1
    page.context.close()


def test_after_a_row_was_sent_the_hands_are_where_they_were(chromium, html):
    row = '<div data-row tabindex="-1" id="r{0}"><form method="post"><button>give {0}</button></form></div>'
    plain = html["light"].replace("pt-errors", "x").replace("data-focus", "data-x")
    page = gallery.show(chromium, plain.replace("</main>", row.format(1) + row.format(2) + "</main>")).page
    page.get_by_role("button", name="give 2").click()
    page.wait_for_load_state()
    page.wait_for_function("document.activeElement.id === 'r2'")
    page.context.close()


def test_everything_is_there_without_javascript(chromium, html):
    page = gallery.show(chromium, html["light"], java_script_enabled=False).page
    assert page.get_by_role("button", name="Undo").first.is_visible()
    assert page.get_by_role("button", name="Show").is_visible()
    assert page.get_by_role("link", name="Keys").get_attribute("href").endswith("#keys-list")
    page.context.close()
