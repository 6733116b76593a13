"""What the shared parts of the pages say, beyond how they look."""

from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import override_settings

from protocoltracker.templatetags import blocks, frame, meanings
from tests.protocoltracker import gallery, samples


def said(source: str, **context) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.fixture(scope="module")
def page() -> str:
    with override_settings(TEMPLATES=gallery.with_test_templates()):
        return gallery.render("components.html", samples.components(), current="Patients")


@pytest.mark.parametrize(
    ("state", "look", "word"), [(s, look, word) for s, (look, _, word) in meanings.STATES.items()]
)
def test_every_state_is_said_by_an_icon_and_a_word(state, look, word):
    html = said("{% tag state %}", state=state)
    assert f"pt-tag--{look}" in html
    assert "<use href=" in html
    assert html.endswith(f"{word}</span>")


@pytest.mark.parametrize("spelling", ["NOT DONE", "not-done", "not_done"])
def test_state_is_read_in_every_spelling(spelling):
    assert "Not done" in said("{% tag state %}", state=spelling)


def test_unknown_state_is_shown_plainly_in_its_own_word():
    assert meanings.state_look("awaiting_result") == ("plan", "ring", "Awaiting result")


def test_word_of_a_state_may_be_more_exact():
    assert "Overdue 1 day" in said('{% tag "overdue" "Overdue 1 day" %}')


def test_every_icon_that_a_state_uses_is_in_the_sprite():
    sprite = said('{% include "components/_sprite.html" %}')
    missing = {symbol for _, symbol, _ in meanings.STATES.values() if f'id="i-{symbol}"' not in sprite}
    assert missing == set()


@pytest.mark.parametrize(
    ("given", "codes"), [("A GK", ["A", "GK"]), ("A, B2", ["A", "B2"]), (["C"], ["C"]), ("", []), (None, [])]
)
def test_provenance_is_read_from_text_and_lists(given, codes):
    assert meanings.source_codes(given) == codes


@pytest.mark.parametrize("code", ["GK", "C"])
def test_unconfirmed_value_looks_and_reads_unconfirmed(code):
    html = said("{% provenance code %}", code=code)
    assert "pt-tag--tbc" in html
    assert "to be confirmed by the study team" in html


@pytest.mark.parametrize("code", ["A", "B2", "B9b"])
def test_published_value_has_no_such_mark(code):
    html = said("{% provenance code %}", code=code)
    assert "pt-tag--tbc" not in html
    assert "to be confirmed" not in html


def test_what_a_person_typed_is_escaped_everywhere():
    nasty = "<img src=x>"
    for source in (
        "{% tag 'held' nasty %}{% dose_chip nasty nasty %}{% subject nasty %}{% arm 1 nasty %}",
        "{% icon 'x' label=nasty %}{% note 'held' %}{{ nasty }}{% endnote %}",
        "{% panel nasty note=nasty url=nasty link=nasty %}{{ nasty }}{% endpanel %}",
        "{% stat nasty nasty nasty %}{% empty 'x' nasty nasty nasty nasty %}{% facts facts %}",
        "{% hidden_fields pairs %}{% provenance nasty %}",
    ):
        facts = [{"label": nasty, "value": nasty, "note": nasty}]
        html = said(source, nasty=nasty, facts=facts, pairs={nasty: nasty})
        assert "<img" not in html


def test_panel_is_a_section_named_by_its_heading():
    html = said('{% panel "What’s next" note="14 days" %}body{% endpanel %}')
    assert 'aria-labelledby="h-whats-next"' in html
    assert '<h2 id="h-whats-next">What’s next</h2>' in html


def test_action_that_changes_something_is_a_form_with_a_token_and_its_hidden_fields():
    act = {"label": "Given as planned", "url": "/do/", "method": "post", "hidden": {"row_version": 3}}
    html = Template("{% load ui %}{% action act %}").render(Context({"act": act, "csrf_token": "secret"}))
    assert '<form class="pt-act" method="post" action="/do/">' in html
    assert 'name="csrfmiddlewaretoken" value="secret"' in html
    assert '<input type="hidden" name="row_version" value="3">' in html


def test_action_that_only_leads_somewhere_is_a_link():
    html = said("{% action act %}", act={"label": "Other…", "url": "/other/"})
    assert 'href="/other/"' in html
    assert "<form" not in html


def test_undo_travels_with_a_message():
    message = samples.Message(
        "Recorded.", extra_tags="safe " + frame.undo_tag("/undo/7/", row_version=3, form_token="a b")
    )
    assert frame.undo_action(message) == {
        "url": "/undo/7/",
        "hidden": {"row_version": "3", "form_token": "a b"},
    }


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.test/", "//elsewhere.test/", "undo/"])
def test_undo_leads_nowhere_else(elsewhere):
    with pytest.raises(ValueError, match="not a path of this site"):
        frame.undo_tag(elsewhere)
    assert frame.undo_action(SimpleNamespace(extra_tags=f"undo:{elsewhere}")) is None


def test_faults_link_to_their_fields_in_the_order_of_the_form():
    faults = blocks.form_faults(samples.wrong_form())
    assert [fault["target"] for fault in faults] == [
        "c_weight", "c_consent", "c_ecog", "c_response_0", "c_sites_0", "c_confirmed", "c_reason",
    ]  # fmt: skip
    assert faults[0]["text"] == "Weight: 720 kg is outside 30 to 250 kg. Did you mean 72.0?"


def test_every_fault_link_meets_a_field(page):
    for fault in blocks.form_faults(samples.wrong_form()):
        assert f'href="#{fault["target"]}"' in page
        assert f'id="{fault["target"]}"' in page


def test_fault_and_hint_are_tied_to_the_field(page):
    assert 'aria-describedby="c_weight_error"' in page
    assert 'id="c_weight_error"' in page
    assert 'aria-describedby="c_height_helptext"' in page
    assert page.index('id="c_height_helptext"') < page.index('id="c_height"')


def test_unit_stands_after_the_field_whether_the_field_or_the_layout_names_it(page):
    assert page.count('<span class="input-group-text">cm</span>') == 1
    assert page.count('<span class="input-group-text">kg</span>') == 1


def test_only_what_may_be_left_out_is_marked(page):
    assert page.count("(optional)") == 1


def test_history_strikes_the_old_value_and_marks_the_new_one(page):
    assert '<del><span class="visually-hidden">was </span>0.01 %</del>' in page
    assert '<ins><span class="visually-hidden">became </span>negative, &lt; 0.01 %</ins>' in page


def test_page_says_that_data_are_synthetic_and_that_it_is_no_order(page):
    assert "Synthetic data: every patient here is invented." in page
    assert "Not an order: the hospital’s system is authoritative." in page


def test_page_has_no_inline_style_script_or_handler(page):
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick=" not in page
    assert "<script>" not in page


def test_red_count_is_read_as_overdue(page):
    assert (
        '<span class="pt-count pt-count--alert">3<span class="visually-hidden"> overdue</span></span>' in page
    )


def test_toast_offers_undo_as_a_form(page):
    assert '<form class="pt-end" method="post" action="/undo/">' in page


def test_phone_keeps_the_three_places_and_more(page):
    bar = page[page.index('<nav class="pt-tabbar"') :]
    assert [bar.index(word) for word in ("Today", "Patients", "Reminders", "More")] == sorted(
        bar.index(word) for word in ("Today", "Patients", "Reminders", "More")
    )


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "500"])
def test_error_page_needs_no_context_at_all(code):
    html = Template(f'{{% extends "{code}.html" %}}').render(Context())
    assert "<h1>" in html
    assert "</html>" in html


def test_error_page_survives_a_missing_static_manifest(tmp_path):
    storage = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    with override_settings(STORAGES={"staticfiles": storage}, STATIC_ROOT=tmp_path):
        assert 'href="/static/app.css"' in Template('{% extends "500.html" %}').render(Context())
