"""A colour and a marker for every label name: the same name looks the same in every picture."""

# Found once by taking, step by step, the colour farthest (in CIELAB) from those before it, from white, and from
# the grey of noise; the first seven are of ColorBrewer's Set1.
# fmt: off
COLORS = (
    "#377eb8", "#e41a1c", "#4daf4a", "#984ea3", "#ff7f00", "#a65628", "#f781bf", "#1b9e9e", "#0000ff",
    "#ff1eff", "#e1d200", "#00f000", "#2d3c00", "#0069ff", "#d2c378", "#87003c", "#7800b4", "#ff0078",
    "#4b2d2d", "#d2c3ff", "#ffb4a5", "#00e1b4", "#002d87", "#f01eb4", "#96e12d", "#788700", "#0f4b4b",
    "#69d2ff",
)
# fmt: on

# When the colours are used up they begin anew with another shape.
MARKERS = ("o", "s", "^", "D", "v", "P")

NOISE = "#8f8f8f"


def color_of(name: int) -> str:
    """Return the colour of a label name (0, 1, 2, …)."""
    return COLORS[name % len(COLORS)]


def marker_of(name: int) -> str:
    """Return the marker of a label name."""
    return MARKERS[name // len(COLORS) % len(MARKERS)]
