from django.apps import AppConfig


class RegimensConfig(AppConfig):
    name = "regimens"
    label = "regimens"
    verbose_name = "Protocol"
    default_auto_field = "django.db.models.BigAutoField"
