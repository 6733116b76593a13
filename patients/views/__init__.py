"""Doors of the web: read the request, ask queries or call one action, fill a template."""
