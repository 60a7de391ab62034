"""Trend lines drawn on the server: they need no script, print well, and say in words what they show."""

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

WIDTH, HEIGHT, MARGIN = 200.0, 40.0, 4.0


def sparkline(values: Sequence[float | None], label: str) -> SafeString:
    """A small line over equal steps; a missing value leaves a gap, the last value gets a dot."""
    known = [v for v in values if v is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    span = (high - low) or 1.0
    step = WIDTH / max(1, len(values) - 1)
    points = [
        None if v is None else (i * step, HEIGHT - MARGIN - (v - low) / span * (HEIGHT - 2 * MARGIN))
        for i, v in enumerate(values)
    ]
    line = _path(points)
    end = next((p for p in reversed(points) if p), (0.0, HEIGHT - MARGIN))
    return format_html(
        '<svg class="sparkline" viewBox="0 0 200 40" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="sparkbase" d="M0 39.5H200"/><path class="spark" d="{}"/>'
        '<path class="sparkend" d="M{}h.01"/></svg>',
        label,
        line,
        f"{end[0]:.1f} {end[1]:.1f}",
    )


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    parts, pen_down = [], False
    for point in points:
        if point is None:
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen_down = True
    return "".join(parts)
