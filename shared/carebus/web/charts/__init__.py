"""Charts worked out on the server as plain shapes, for the `chart` and `sparkline` macros to draw as SVG."""

from carebus.web.charts.bars import bar_chart, grouped_bars
from carebus.web.charts.distribution import distribution
from carebus.web.charts.drawing import Chart, Sparkline
from carebus.web.charts.lines import line_chart, sparkline

__all__ = ["Chart", "Sparkline", "bar_chart", "distribution", "grouped_bars", "line_chart", "sparkline"]
