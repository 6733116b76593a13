"""Hypothesis without a stop-watch: on a busy machine a slow example is no fault."""

from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
