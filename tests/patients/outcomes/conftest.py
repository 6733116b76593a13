from hypothesis import settings

# Time limits per example fail on a busy machine without telling anything about the statistics.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
