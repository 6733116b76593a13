"""Between record and template: every word, number and address that a page shows. No query, no rule."""
