"""A parameter's ticks and labels on Matplotlib's axes."""

from matplotlib.axes import Axes

from .axis import ParameterAxis


def tick_scale(ax: Axes, which: str, axis: ParameterAxis, limit: int) -> None:
    """Make `which` ("x" or "y") of `ax` the axis of a parameter, drawn to scale: log where its values are so spaced."""
    if axis.is_numeric and axis.is_log:
        ax.set(**{f"{which}scale": "log"})
    positions, labels = axis.scale_ticks(limit)
    _put(ax, which, positions, labels)


def tick_cells(ax: Axes, which: str, axis: ParameterAxis, limit: int) -> None:
    """The same where the values lie in cells at 0, 1, 2, …"""
    positions, labels = axis.cell_ticks(limit)
    _put(ax, which, positions, labels)


def turn_crowded(ax: Axes, inches: float) -> None:
    """Turn the labels below `ax` where, on `inches`, they would touch each other."""
    labels = ax.get_xticklabels()
    if _are_crowded([label.get_text() for label in labels], inches):
        for label in labels:
            label.set(rotation=40, ha="right", rotation_mode="anchor")


def room_for_labels(labels: list[str], inches: float) -> float:
    """Inches that labels need below an axis when they must be turned, above what level ones need."""
    return 0.045 * max(map(len, labels)) if _are_crowded(labels, inches) else 0.0


def _are_crowded(labels, inches):
    # A character at 8 points is about 0.07 inches wide; a gap of one and a half keeps labels apart.
    return max((len(label) + 1.5 for label in labels), default=0) * len(labels) * 0.07 > inches


def _put(ax, which, positions, labels):
    tick_axis = ax.xaxis if which == "x" else ax.yaxis
    tick_axis.set_ticks(positions, labels=labels)
    tick_axis.set_ticks([], minor=True)
