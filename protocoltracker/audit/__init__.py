"""Who changed what, when and why: written by the database itself, below the application."""
