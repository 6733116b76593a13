"""Data-quality rules: an error blocks, a warning needs a reason. Pure: values and facts in, findings out."""

from patients.edit_checks.dates import DATE_RULES
from patients.edit_checks.facts import Facts, Known
from patients.edit_checks.findings import Finding, Rule, Severity, errors, warnings

__all__ = ["DATE_RULES", "Facts", "Finding", "Known", "Rule", "Severity", "errors", "warnings"]
