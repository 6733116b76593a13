"""Room 0: how the product runs and who works here. Imports no other room."""

from .celery import app as celery_app

__all__ = ["celery_app"]
