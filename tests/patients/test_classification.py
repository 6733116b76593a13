"""Every stored field of a patient says how sensitive it is."""

import pytest
from django.apps import apps
from django.db import models

from patients.classification import FIELDS, Sensitivity

MODELS = list(apps.get_app_config("patients").get_models())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_classified_and_no_other(model: type[models.Model]) -> None:
    assert set(FIELDS[model.__name__]) == {field.name for field in model._meta.concrete_fields}


def test_no_model_is_classified_that_is_gone() -> None:
    assert set(FIELDS) == {model.__name__ for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_free_text_may_identify_and_dates_help_to(model: type[models.Model]) -> None:
    """What a person types in sentences can hold a name; what says when something happened narrows down who."""
    levels = FIELDS[model.__name__]
    protocol_words = {("EligibilityAnswer", "text"), ("Digest", "fault")}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.TextField) and (model.__name__, field.name) not in protocol_words:
            assert levels[field.name] == Sensitivity.IDENTIFYING, field
        if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
            assert levels[field.name] in {Sensitivity.IDENTIFYING, Sensitivity.QUASI_IDENTIFYING}, field
