"""Draws one trend: JSON from stdin, a picture of 800 × 400 to stdout. Run by itself; knows nothing of the bot."""

import json
import sys

import matplotlib as mpl

mpl.use("Agg")

from matplotlib.figure import Figure

DOTS = 100  # an inch
LETTERS = 16 * 72 / DOTS  # 16 px, in points
INK, QUIET, SHADE, ALARM = "#1d1c1d", "#616061", "#1264a3", "#c01343"


def main() -> None:
    given = json.load(sys.stdin)
    mpl.rcParams.update({"font.size": LETTERS, "font.family": "DejaVu Sans", "text.parse_math": False})
    figure = Figure(figsize=(800 / DOTS, 400 / DOTS), dpi=DOTS, layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    days, values = zip(*given["points"], strict=True)
    (_, now), (end, then) = given["line"]
    axes.set_title(given["title"], loc="left", color=INK, fontsize=LETTERS * 1.15, fontweight="bold")
    # Each line says what it is where it ends: nobody has to match colours with a legend.
    axes.axhline(given["limit"], color=ALARM, linewidth=2)
    axes.annotate(
        f"limit {given['limit']:g} {given['unit']}",
        (min(days), given["limit"]),
        xytext=(0, 5),
        textcoords="offset points",
        color=ALARM,
    )
    axes.plot(days, values, color=SHADE, linewidth=2.5, marker="o", markersize=6)
    axes.plot([days[-1], end], [now, then], color=QUIET, linewidth=2.5, linestyle="dashed")
    axes.annotate(
        f"{values[-1]:.3g}", (days[-1], values[-1]), xytext=(-6, 9), textcoords="offset points", ha="right", color=INK
    )
    axes.set_ylim(0, max(given["limit"], then, *values) * 1.2)
    axes.set_xticks([day for day, _ in given["days"]], [name for _, name in given["days"]])
    axes.tick_params(colors=QUIET, length=0)
    axes.grid(axis="y", color="#e8e8e8")
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.savefig(sys.stdout.buffer, format="png", dpi=DOTS)


if __name__ == "__main__":
    main()
