"""The parts that dashboards are made of, as Grafana's JSON: rows, panels and where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

WIDTH = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True)
class Query:
    """What is asked of Prometheus, and what a line of the answer is called."""

    expr: str
    legend: str = "{{service}}"


@dataclass(frozen=True)
class Panel:
    """One picture. `bad_from` colours a value that somebody should look at; `kind` is Grafana's."""

    title: str
    meaning: str
    queries: tuple[Query, ...]
    unit: str = "short"
    kind: str = "timeseries"
    bad_from: float | None = None
    width: int = 8
    height: int = 7

    def as_json(self, number: int, x: int, y: int) -> dict[str, Any]:
        """The panel at that place."""
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.meaning,
            "datasource": SOURCE,
            "gridPos": {"h": self.height, "w": self.width, "x": x, "y": y},
            "targets": [_target(chr(ord("A") + n), query, self.kind) for n, query in enumerate(self.queries)],
            "fieldConfig": {"defaults": self._defaults(), "overrides": []},
            "options": _options(self.kind),
        }

    def _defaults(self) -> dict[str, Any]:
        steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
        if self.bad_from is not None:
            steps.append({"color": "red", "value": self.bad_from})
        drawn = {"lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "spanNulls": False}
        custom = {"custom": drawn} if self.kind == "timeseries" else {}
        return {"unit": self.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}, **custom}


@dataclass(frozen=True)
class Row:
    """Panels that belong together."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Dashboard:
    """A page of Grafana. `services` offers a choice of services above it."""

    uid: str
    title: str
    meaning: str
    rows: tuple[Row, ...]
    services: bool = True
    tags: tuple[str, ...] = field(default=("carebus",))

    def as_json(self) -> dict[str, Any]:
        """The dashboard as Grafana reads it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.meaning,
            "tags": list(self.tags),
            "schemaVersion": 39,
            "version": 1,
            "editable": True,
            "refresh": "30s",
            "time": {"from": "now-1h", "to": "now"},
            "timezone": "browser",
            "templating": {"list": _variables(services=self.services)},
            "annotations": {"list": []},
            "links": [{"type": "dashboards", "tags": ["carebus"], "title": "Carebus", "asDropdown": True}],
            "panels": self._placed(),
        }

    def _placed(self) -> list[dict[str, Any]]:
        placed: list[dict[str, Any]] = []
        y = 0
        for row in self.rows:
            placed.append(_heading(row.title, len(placed) + 1, y))
            x, y, tallest = 0, y + 1, 0
            for panel in row.panels:
                if x + panel.width > WIDTH:
                    x, y, tallest = 0, y + tallest, 0
                placed.append(panel.as_json(len(placed) + 1, x, y))
                x, tallest = x + panel.width, max(tallest, panel.height)
            y += tallest
        return placed


def _heading(title: str, number: int, y: int) -> dict[str, Any]:
    place = {"h": 1, "w": WIDTH, "x": 0, "y": y}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _target(ref: str, query: Query, kind: str) -> dict[str, Any]:
    asked = {"refId": ref, "datasource": SOURCE, "expr": query.expr, "legendFormat": query.legend}
    return {**asked, "instant": True, "range": False} if kind != "timeseries" else {**asked, "range": True}


def _options(kind: str) -> dict[str, Any]:
    if kind == "timeseries":
        return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    if kind == "bargauge":
        return {"reduceOptions": last, "orientation": "horizontal", "displayMode": "basic"}
    return {"reduceOptions": last, "colorMode": "background", "graphMode": "none", "textMode": "value_and_name"}


def _variables(*, services: bool) -> list[dict[str, Any]]:
    source = {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0}
    asked = {"query": "label_values(carebus_partitions, service)", "refId": "service"}
    chosen = {
        "name": "service",
        "label": "Service",
        "type": "query",
        "datasource": SOURCE,
        "query": asked,
        "definition": asked["query"],
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
        "sort": 1,
        "hide": 0,
    }
    return [source, chosen] if services else [source]
