"""The states of the country: IBGE's codes, letters and names. Where publishers state values of their own, these are the places."""

from __future__ import annotations

from collections.abc import Mapping

COUNTRY = "BR"
COUNTRY_NAME = "Brasil"

# IBGE's code of each state by its letters.
STATES: Mapping[str, str] = {
    pair[:2]: pair[2:]
    for pair in (
        "RO11", "AC12", "AM13", "RR14", "PA15", "AP16", "TO17", "MA21", "PI22", "CE23", "RN24", "PB25", "PE26", "AL27",
        "SE28", "BA29", "MG31", "ES32", "RJ33", "SP35", "PR41", "SC42", "RS43", "MS50", "MT51", "GO52", "DF53",
    )
}  # fmt: skip

# Letters of each place by the name that tables give it.
NAMES: Mapping[str, str] = {COUNTRY_NAME: COUNTRY} | {
    pair[:-3]: pair[-2:]
    for pair in (
        "Rondônia RO", "Acre AC", "Amazonas AM", "Roraima RR", "Pará PA", "Amapá AP", "Tocantins TO", "Maranhão MA",
        "Piauí PI", "Ceará CE", "Rio Grande do Norte RN", "Paraíba PB", "Pernambuco PE", "Alagoas AL", "Sergipe SE",
        "Bahia BA", "Minas Gerais MG", "Espírito Santo ES", "Rio de Janeiro RJ", "São Paulo SP", "Paraná PR",
        "Santa Catarina SC", "Rio Grande do Sul RS", "Mato Grosso do Sul MS", "Mato Grosso MT", "Goiás GO",
        "Distrito Federal DF",
    )
}  # fmt: skip

# What stands in a raw file in place of a municipality's code where its publisher states a value for the whole place.
PLACES = frozenset({*STATES, COUNTRY})


def place_of(code: str) -> str:
    """The letters of a place that IBGE names by number: `50` -> MS, `1` -> BR; empty for another code."""
    return COUNTRY if code == "1" else next((name for name, number in STATES.items() if number == code), "")
