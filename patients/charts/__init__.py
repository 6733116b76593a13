"""Figures as SVG, drawn on the server: classes and presentation attributes only, so a strict content policy holds."""

from patients.charts.km import Line, km_figure
from patients.charts.rate import Rate, rate_figure
from patients.charts.roadmap import Block, Lane, Mark, roadmap

__all__ = ["Block", "Lane", "Line", "Mark", "Rate", "km_figure", "rate_figure", "roadmap"]
