"""A plotly figure as plain data: traces and layout as plotly.js reads them, without plotly's own classes.

Those check every value on every change, which takes longer than drawing the chart; the tests let them check each
figure once. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Trace = dict[str, Any]


@dataclass(slots=True)
class Figure:
    """Traces in the order in which they are drawn, and the layout under plotly's names."""

    data: list[Trace] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)

    def add(self, *traces: Trace) -> None:
        self.data.extend(traces)

    def lay_out(self, **changes: Any) -> None:
        """Change the layout; of what is a mapping already only the named parts."""
        _merge(self.layout, changes)

    def across(self, **changes: Any) -> None:
        """Change the horizontal axis."""
        self.lay_out(xaxis=changes)

    def up(self, **changes: Any) -> None:
        """Change the vertical axis."""
        self.lay_out(yaxis=changes)

    def annotate(self, *annotations: Mapping[str, Any]) -> None:
        self.layout.setdefault("annotations", []).extend(annotations)

    def shape(self, *shapes: Mapping[str, Any]) -> None:
        self.layout.setdefault("shapes", []).extend(shapes)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; the figure's own lists, not copies."""
        return {"data": self.data, "layout": self.layout}

    def fluid(self) -> dict[str, Any]:
        """The same without a width, for a page that decides it."""
        return {"data": self.data, "layout": {name: value for name, value in self.layout.items() if name != "width"}}

    def to_json(self) -> str:
        return json.dumps(self.as_dict(), ensure_ascii=False, separators=(",", ":"))


def scatter(**values: Any) -> Trace:
    return {"type": "scatter", **values}


def bar(**values: Any) -> Trace:
    return {"type": "bar", **values}


def heatmap(**values: Any) -> Trace:
    return {"type": "heatmap", **values}


def _merge(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, Mapping) and isinstance(target.get(name), dict):
            _merge(target[name], value)
        else:
            target[name] = dict(value) if isinstance(value, Mapping) else value
