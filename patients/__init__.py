"""Room 2: what happened to a person."""
