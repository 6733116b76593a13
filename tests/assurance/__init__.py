"""Proofs that take minutes: python -m tests.assurance NAME. Small versions of them are in the suite."""
