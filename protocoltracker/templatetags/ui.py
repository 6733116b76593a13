"""The vocabulary of the pages: icons, state tags, doses, provenance, and the blocks that every page shares.

    {% load ui %}
    {% icon "check" %}   {% icon "alert" label="has a problem" %}
    {% tag "overdue" %}   {% tag row.state row.state_word %}
    {% dose_chip "0.51 mg" "0.3 mg/m² × 1.70 m²" %}   {{ value|dose:"mg/m2" }}   {% provenance "A GK" %}
    {% panel "Overdue" note="3" %}...{% endpanel %}   {% note "held" %}...{% endnote %}
    {{ date|isoday }}   {{ moment|isotime }}   {% subject row.subject row.patient_id %}

The tags live beside this file: marks (inside a line), blocks (on a page), frame (around it), words (numbers and dates).
"""

from django import template

from protocoltracker.templatetags import blocks, frame, marks, words
from protocoltracker.templatetags.frame import undo_tag

__all__ = ["register", "undo_tag"]

register = template.Library()
for part in (words, marks, blocks, frame):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
