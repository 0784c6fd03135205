"""What a value is called where several municipalities make it."""

from __future__ import annotations


def together(place: str, method: str, scope: str, whole: bool = True) -> tuple[str, str]:
    """What the value of several municipalities is called, and the same for a narrow place.

    `method`: of `aggregates`, or "published"; `whole`: whether the place is all of the territory.
    `MS`, `Mediana dos municípios`, `Mediana dos municípios do país`.
    """
    if method == "median":
        if scope in ("state", "states", "country"):
            name = "Mediana dos municípios" if whole else f"Mediana dos municípios ({place})"
            return name, name
        # Of a region no chart draws more than one beside a municipality; its long name would lose what it is.
        return f"Região {place} (mediana dos municípios)", "Mediana da região"
    if method == "ratio":
        return f"{place} (municípios somados)", place
    return place, place
