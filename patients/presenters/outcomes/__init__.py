"""What the outcomes pages show: key figures, the abstract, figures with their tables, the patients behind a number."""
