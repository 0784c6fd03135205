"""What a value is called where several municipalities make it."""

from __future__ import annotations


def together(place: str, method: str, scope: str) -> tuple[str, str]:
    """What the value of several municipalities is called, and the same for a narrow place.

    `method`: of `aggregates`, or "published". `Mato Grosso do Sul`, `Mediana dos municípios`.
    """
    if method == "median":
        if scope == "state":
            return "Mediana dos municípios", "Mediana dos municípios"
        return f"Região {place} (mediana dos municípios)", f"Região {place} (mediana)"
    if method == "ratio":
        return f"{place} (municípios somados)", place
    return place, place
