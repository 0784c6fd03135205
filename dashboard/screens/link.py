"""What a link says: its parameters, its words, and what is wrong with one."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from dashboard import words
from dashboard.tables import Tables
from pipelines.declarations import AWAITED, POPULATION_BANDS, Config
from pipelines.states import place_of as state_letters

# Of the link: parameter, in the order in which it is written.
EVERYWHERE = ("municipio", "regiao", "porte", "programa", "demonstracao")

# What some pages add; anything else in a link (a campaign's mark) is left aside.
OF_PAGES = (
    "indicador", "ano", "municipios", "plano", "desde", "tabela", "regioes", "conjunto", "indicadores", "ordem",
    "coluna", "x", "y", "cor", "grafico", "periodo", "entre",
)  # fmt: skip

PARTICIPATION = {
    "sim": ("yes", "Participa"),
    "nao": ("no", "Não participa"),
    "nd": ("unknown", "Não informado"),
}


SCOPE_SLUGS = {
    "estado": "state",
    "imediata": "immediate_region",
    "intermediaria": "intermediate_region",
    "planejamento": "planning_region",
    "saude": "health_region",
    "microrregiao": "microregion",
    "mesorregiao": "mesoregion",
}

# Among whom a municipality's place is told.
AMONG_SLUGS = {
    "todos": "",
    "pais": "country",
    "estado": "state",
    "regiao": "immediate_region",
    "porte": "population_band",
}

BAND_SLUGS = {words.slug(label): label for _, label in POPULATION_BANDS}


@dataclass
class Choice:
    """What the reader has chosen, as the texts of the link (unset ones are absent).

    `place`: the page that shows it, and the configuration under which it does; `filters`: whether that page has
    applied the filter, which stays chosen from page to page.
    """

    place: tuple[str, Config | None] = ("", None)
    values: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    filters: bool = False

    def get(self, name: str) -> str:
        """The text chosen for a parameter, or an empty text."""
        return self.values.get(name, "")

    def put(self, name: str, value: str | None) -> None:
        """Choose, or un-choose with an empty value."""
        if value:
            self.values[name] = value
        else:
            self.values.pop(name, None)


def place_of(text: str, data: Tables) -> tuple[str, str] | None:
    """The scope and the code of the state or region that a link names; None where it names none, or more than one.

    `imediata.500010`; links of before there were codes say the name: `imediata.corumba`.
    """
    kind, _, asked = text.partition(".")
    scope = SCOPE_SLUGS.get(kind, "")
    if not scope:
        return None
    if asked in data.places(scope):
        return scope, asked
    found = places_named(scope, asked, data)
    return (scope, found[0]) if len(found) == 1 else None


def places_named(scope: str, slug: str, data: Tables) -> list[str]:
    """The codes of a scope's places by the name that a link says, with their state's letters or without."""
    slugs = {place: words.slug(name) for place, name in data.places(scope).items()}
    exact = [place for place, name in slugs.items() if name == slug]
    if exact or not data.several_states():
        return exact
    # In a territory of several states `valenca` is `valenca-ba` or `valenca-rj`.
    letters = {
        place: state_letters(data.state_of(scope, place)).lower()
        for place, name in slugs.items()
        if name.startswith(f"{slug}-")
    }
    return [place for place, own in letters.items() if slugs[place] == f"{slug}-{own}"]


def place_code(scope: str, place: str) -> str:
    """A place as it stands in a link: `imediata.500010`."""
    kind = next(part for part, known in SCOPE_SLUGS.items() if known == scope)
    return f"{kind}.{place}"


def region_fault(value: str, data: Tables) -> str:
    """What is wrong with the region of a link; empty where it is one."""
    if place_of(value, data) is not None:
        return ""
    kind, _, asked = value.partition(".")
    scope = SCOPE_SLUGS.get(kind, "")
    if several := places_named(scope, asked, data) if scope else []:
        names = words.listed(data.places(scope)[place] for place in several)
        return (
            f"O link pede uma região cujo nome é de {words.number(len(several))}: {names}. "
            "Mostramos todas. Escolha em Filtros a que você quer."
        )
    return f"O link pede uma região que não existe (“{value[:40]}”). Mostramos todas. Escolha em Filtros."


def absence(indicator: str, data: Tables) -> str:
    """Why a declared indicator has no data, in one sentence; empty for one with data and for an unknown one."""
    declared = data.indicators.get(indicator)
    if declared is None or indicator in data.available():
        return ""
    if data.declared_sources[declared.source].origin == AWAITED:
        why = f"a fonte {data.declared_sources[declared.source].short} aguarda a primeira coleta"
    elif elsewhere(indicator, data):
        why = f"a fonte {data.declared_sources[declared.source].short} não traz nenhum daqui nesta cópia"
    elif not data.sources().set_index("source")["rows"].get(declared.source, 0):
        short = data.declared_sources[declared.source].short
        why = f"a fonte {short} não entrou nesta construção"
    else:
        why = "nenhum valor entrou nesta construção"
    return f"{declared.title} está sem dado: {why}; veja Fontes e catálogo."


def elsewhere(indicator: str, data: Tables) -> bool:
    """Whether an indicator's source was read, without a fault, and says nothing of this territory."""
    declared = data.indicators.get(indicator)
    return declared is not None and data.silent_here(declared.source)


def link_fault(name: str, value: str, data: Tables) -> str:
    """What is wrong with a link's value, in one sentence; empty where nothing is."""
    shown = f"“{value[:40]}”"
    if name == "municipio" and value not in data.municipalities().index:
        return (
            f"O link pede um município que não existe (código {shown}). "
            f"Mostramos {words.the_scope(*data.whole)}. Escolha na lista."
        )
    if name == "indicador" and (said := absence(value, data)):
        return f"{said} Mostramos outro indicador."
    if name == "indicador" and value not in data.available():
        return f"O link pede um indicador que não existe ({shown}). Mostramos outro. Escolha na lista."
    if name == "municipios":
        unknown = [code for code in value.split(",") if code and code not in data.municipalities().index]
        if unknown:
            return f"A lista do link traz um código que não existe (“{unknown[0][:40]}”). Deixamos a lista de lado."
    if name == "plano" and value not in set(data.plans(demonstration=True)["plan"]):
        return f"O link pede um plano que não existe ({shown}). Mostramos todos. Escolha na lista."
    if name == "desde" and parsed_date(value) is None:
        return f"A data do link não é uma data ({shown}). Mostramos os últimos 60 dias. Use AAAA-MM-DD."
    if name == "demonstracao" and value != "sim":
        return f"O link traz demonstracao = {shown}; só “sim” mostra o plano de demonstração."
    if name == "ano" and not re.fullmatch(r"[12]\d{3}", value):
        return f"O ano do link não é um ano ({shown}). Mostramos o mais recente."
    if name == "regiao":
        return region_fault(value, data)
    if name == "porte" and value not in BAND_SLUGS:
        return f"O link pede um porte que não existe ({shown}). Mostramos todos. Escolha em Filtros."
    if name == "programa" and value not in PARTICIPATION:
        return f"O link pede uma situação no programa que não existe ({shown}). Mostramos todas."
    return ""


def parsed_date(text: str) -> dt.date | None:
    """A date written `AAAA-MM-DD` or `DD/MM/AAAA`; None for anything else."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None
