"""Where publishers state values of their own: the states and the country, as tables name them."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.vocabulary import COUNTRY, STATES

COUNTRY_NAME = "Brasil"
# IBGE's number of the country among the places that it gives figures of.
COUNTRY_CODE = "1"

# Letters of each place by the name that tables give it, three of them shortened in some of Inep's.
NAMES: Mapping[str, str] = {COUNTRY_NAME: COUNTRY} | {
    pair[:-3]: pair[-2:]
    for pair in (
        "Rondônia RO", "Acre AC", "Amazonas AM", "Roraima RR", "Pará PA", "Amapá AP", "Tocantins TO", "Maranhão MA",
        "Piauí PI", "Ceará CE", "Rio Grande do Norte RN", "Paraíba PB", "Pernambuco PE", "Alagoas AL", "Sergipe SE",
        "Bahia BA", "Minas Gerais MG", "Espírito Santo ES", "Rio de Janeiro RJ", "São Paulo SP", "Paraná PR",
        "Santa Catarina SC", "Rio Grande do Sul RS", "Mato Grosso do Sul MS", "Mato Grosso MT", "Goiás GO",
        "Distrito Federal DF", "R. G. do Norte RN", "R. G. do Sul RS", "M. G. do Sul MS",
    )
}  # fmt: skip

# What stands in a raw file in place of a municipality's code where its publisher states a value for the whole place.
PLACES = frozenset({*STATES, COUNTRY})


def named(letters: str) -> str:
    """The name of a state or of the country from its letters: `PI` -> Piauí."""
    return next(name for name, own in NAMES.items() if own == letters)


def place_of(code: str) -> str:
    """The letters of a place that IBGE names by number: `50` -> MS, `1` -> BR; empty for another code."""
    return (
        COUNTRY
        if code == COUNTRY_CODE
        else next((name for name, number in STATES.items() if number == code), "")
    )
