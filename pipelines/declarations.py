"""What a source, an indicator and the territory must say about themselves.

A declaration is a TOML file beside its SQL. Everything a reader may ask about a number (publisher, unit,
direction, caveat) is said there once; a missing or unknown key stops the build and names the file.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from pipelines import failures
from pipelines.columns import AGAINST as AGAINST
from pipelines.columns import KINDS as KINDS
from pipelines.columns import NUMERIC as NUMERIC
from pipelines.columns import PERIOD_FORMS as PERIOD_FORMS
from pipelines.columns import SIGNS as SIGNS
from pipelines.columns import WHOLE as WHOLE
from pipelines.columns import WIDEST, contradiction
from pipelines.columns import WRITINGS as WRITINGS
from pipelines.columns import Column as Column
from pipelines.columns import Unused as Unused
from pipelines.failures import read_bounded
from pipelines.verdicts import KIND_LABELS, OPERATOR_LABELS

HERE = Path(__file__).parent
ROOT = HERE.parent
# What the app serves beside its pages.
STATIC = ROOT / "static"

AREAS: Mapping[str, str] = {
    "financas": "Finanças públicas",
    "gestao": "Gestão e planejamento",
    "saude": "Saúde",
    "educacao": "Educação",
    "saneamento": "Saneamento e meio ambiente",
    "seguranca": "Segurança pública",
    "assistencia": "Assistência social",
    "economia": "Economia e trabalho",
    "populacao": "População e contexto",
}

FLAGS: Mapping[str, str] = {
    "not_available": "não disponível na fonte",
    "not_eligible": "não elegível",
    "suppressed": "omitido por sigilo",
    "provisional": "provisório",
    "estimated": "estimado",
    "not_in_existence": "o município ainda não existia",
    "implausible": "fora do plausível, a conferir na fonte",
}
# The flags that stand in place of a value; the others only mark one.
MISSING_FLAGS = frozenset({"not_available", "not_eligible", "suppressed", "not_in_existence"})

CAVEATS: Mapping[str, str] = {
    "agregado_por_terceiros": "Números públicos agregados por terceiros; confira na fonte antes de decidir.",
    "autodeclarado": "Informado pelo próprio município ou prestador.",
    "capacidade": "Mede a capacidade das equipes, que pode passar da população: acima de 100% sobra capacidade.",
    "censitario": "Só é medido nos censos: serve de linha de base, não de acompanhamento anual.",
    "cobertura_parcial": "Nem todos os municípios respondem: quem não respondeu aparece sem dado.",
    "conceito_administrativo": "Conta registros de um serviço, não toda a população.",
    "contexto": "Descreve o contexto do município; não mede o desempenho da prefeitura.",
    "editor_inferido": "O publicador foi inferido pelo formato do relatório.",
    "numeros_pequenos": "Em municípios pequenos o número oscila sozinho; veja o intervalo ou o triênio.",
    "pode_passar_de_100": "Pode passar de 100%: o numerador e o denominador vêm de bases diferentes.",
    "precos_correntes": "Valores em preços correntes, sem descontar a inflação.",
    "preliminar": "O último ano é preliminar e pode ser revisto pela fonte.",
    "serie_encerrada": "Série encerrada: a fonte não publica novas edições comparáveis.",
    "zero_nao_comprovado": "Zero pode significar falta de registro, não ausência de ocorrências.",
}

SCOPES: Mapping[str, str] = {
    "immediate_region": "Região imediata",
    "intermediate_region": "Região intermediária",
    "microregion": "Microrregião",
    "mesoregion": "Mesorregião",
    "planning_region": "Região de planejamento",
    "health_region": "Região de saúde",
}

# The regions that a municipality is first set beside.
NEAR_SCOPE = "immediate_region"

# Where an indicator may stand out, with how many have room there; 0 for any number.
PROMINENT: Mapping[str, int] = {
    "panorama": 1,  # opens Panorama
    "indicator": 1,  # opens Indicador
    "targets": 1,  # opens Metas
    "across": 1,  # Relação, on the horizontal axis
    "up": 1,  # Relação, on the vertical axis
    "choice": 1,  # the map on which a municipality is chosen
    "place": 0,  # the figures at the head of Município
    "series": 1,  # the series of Município where no weak point is sure
    "sheet": 0,  # the printed sheet of a municipality
    "urbanisation": 1,  # a trait by which municipalities are alike
    "gdp_per_capita": 1,  # another
}

# Upper limits and labels of the population bands, smallest first (IBGE's usual classes).
POPULATION_BANDS: tuple[tuple[float, str], ...] = (
    (5_000, "até 5 mil"),
    (10_000, "5 a 10 mil"),
    (20_000, "10 a 20 mil"),
    (50_000, "20 a 50 mil"),
    (100_000, "50 a 100 mil"),
    (500_000, "100 a 500 mil"),
    (float("inf"), "acima de 500 mil"),
)

AGGREGATIONS = frozenset({"sum", "ratio", "median", "distribution", "none"})


class DeclarationError(Exception):
    """A declaration that cannot be used; the message, in Portuguese, names file, key and mend."""


@dataclass(frozen=True)
class Source:
    """Where a table of raw figures comes from.

    `origin`: snapshot (included copy) or fetched. `period_form`: year, month or day, in which every period is written.
    `series`: what tells one series from another, where that is less than the key without the period. `shelf_life`: for
    how many months after its period a figure may be read as the present one. `rounded_to`: how far the publisher
    rounds, in the figures' unit: nothing is claimed within that distance of a line.
    """

    source: str
    publisher: str
    short: str
    dataset: str
    url: str
    edition: str
    licence: str
    retrieved: dt.date
    sha256: str
    rows: int
    periods: str
    period_form: str
    origin: str
    note: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    shelf_life: int
    rounded_to: float | None = None
    unused: tuple[Unused, ...] = ()
    series: tuple[str, ...] = ()


@dataclass(frozen=True)
class Break:
    """A change of method: values of `period` and later do not compare with the earlier ones."""

    period: dt.date
    note: str


@dataclass(frozen=True)
class Caution:
    """Something to keep in mind where a value of `period` or later is set against an earlier one.

    Unlike a break it forbids no comparison; `text` is one sentence for the reader.
    """

    period: dt.date
    text: str


@dataclass(frozen=True)
class Indicator:
    """What an indicator says about itself. Percentages are on the scale 0-100.

    `short`: label for narrow places (at most 24 characters). `article`: o, a, os or as, for sentences.
    `classes`: upper bounds of the map classes, where people say such numbers; empty means quantiles.
    `canon`: codes of the recognised indicators that it serves; `canon_partly`: of those that it serves in part, and
    `canon_lacks` says what it leaves out. `interval`: how chance moves the value, from its
    counts: proportion (so many of so many people), rate (events over a population) or none (money, indices).
    `window`: how many years each value spans; neighbouring values of a window above 1 share years.
    `comparable`: false for counts that grow with the municipality, so that nobody is ranked by size.
    `threshold`: the value that a rule or a programme looks at (a floor, a ceiling, a target of every year), which
    titles count by; in categories the first place that is not accepted. None: the map's classes serve.
    `cases`: one and many of what the numerator counts, for "Faltam 7 crianças alfabetizadas"; `lacking`: the same
    as a whole phrase where that reads better, "Falta levar água a {} pessoas", with {} for the number.
    `cautions`: what bears on values across a period although the method is the same.
    `meaningful`: the smallest change worth a decision, in the indicator's unit, wherever there is a direction.
    `cohort`: which small group of people each edition measures anew, so that its level swings by chance; empty for
    a register, whose figure is what is registered.
    `family`: with which others it is one where indicators are counted as votes, where that is not all that its source
    says of its front; the same word in each of them.
    `prominent`: where it stands out (a key of PROMINENT) -> its place there, 1 being the first.
    """

    indicator: str
    title: str
    short: str
    article: str
    area: str
    front: str
    unit: str
    decimals: int
    better: str
    kind: str
    range: tuple[float, float]
    aggregation: str
    periodicity: str
    source: str
    note: str
    multiplier: float = 1
    categories: tuple[str, ...] = ()
    next_release: str = ""
    caveats: tuple[str, ...] = ()
    classes: tuple[float, ...] = ()
    canon: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()
    interval: str = "none"
    window: int = 1
    cases: tuple[str, ...] = ()
    comparable: bool = True
    canon_partly: tuple[str, ...] = ()
    canon_lacks: str = ""
    lacking: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    threshold: float | None = None
    meaningful: float | None = None
    cohort: str | None = None
    family: str = ""
    prominent: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Territory:
    """The part of the country that is shown: `state` is IBGE's two-digit code, or BR for all of it.

    `timezone`: a name of the IANA time zone database (America/Campo_Grande). It says when a day begins there.
    """

    state: str
    name: str
    of_name: str
    timezone: str


@dataclass(frozen=True)
class Programme:
    """The programme whose plans are followed; `participants` is a CSV path or empty when unknown.

    `address`: where readers open the dashboard, for the links of printed sheets; empty when not said.
    """

    name: str
    text: str
    participants: str
    next_meeting: dt.date | None
    address: str = ""


@dataclass(frozen=True)
class Config:
    """farol.toml, read and checked; paths are absolute."""

    territory: Territory
    programme: Programme
    data: Path
    file: Path

    @property
    def raw(self) -> Path:
        """Folder of the raw tables."""
        return self.data / "raw"

    @property
    def processed(self) -> Path:
        """Folder of the built tables; written by the build alone."""
        return self.data / "processed"

    def now(self) -> dt.datetime:
        """This moment by the territory's clock."""
        return dt.datetime.now(ZoneInfo(self.territory.timezone))

    def today(self) -> dt.date:
        """The date in the territory; a server that keeps another time turns the page hours before or after."""
        return self.now().date()


@dataclass(frozen=True)
class Canon:
    """A nationally recognised indicator, whether or not there is data for it."""

    code: str
    title: str
    front: str
    area: str
    unit: str
    publisher: str
    periodicity: str
    reference: str
    legal_basis: str
    url: str = field(default="")


@dataclass(frozen=True)
class Benchmark:
    """What a publisher states for a whole state or the country, in the indicator's unit.

    `scope`: state or country. `place`: the state's letters, or BR. `period`: its last day. `edition`: where it was read.
    """

    indicator: str
    scope: str
    place: str
    period: dt.date
    value: float
    edition: str


T = TypeVar("T")
# Bytes of the longest file that somebody here wrote, and the largest number that any of them needs.
MOST_WRITTEN = 1 << 20
LARGEST = 10**15
MOST_DECIMALS = 6


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_bounded(path, MOST_WRITTEN).decode("utf-8"))
    except FileNotFoundError:
        raise DeclarationError(f"{path}: o arquivo não existe.") from None
    except OSError as error:
        raise DeclarationError(failures.sentence(error)) from None
    except UnicodeDecodeError:
        raise DeclarationError(f"{path}: não está em UTF-8. Salve-o em UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        where = f", linha {place[1]}, coluna {place[2]}" if place else ", no fim do arquivo"
        raise DeclarationError(
            f"{path}{where}: não é um TOML válido. Corrija a escrita nesse ponto."
        ) from None
    except (ValueError, RecursionError):
        # A number of thousands of digits, lists a thousand deep: TOML by its grammar, and no declaration.
        raise DeclarationError(
            f"{path}: há um número ou uma lista grande demais. Corrija a escrita."
        ) from None


def _make(kind: type[T], given: Mapping[str, Any], where: str) -> T:
    """Build a declaration, refusing what is missing and what is unknown."""
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    needed = {
        name for name, item in known.items() if item.default is MISSING and item.default_factory is MISSING
    }
    unknown = sorted(set(given) - set(known))
    missing = sorted(needed - set(given))
    if unknown:
        raise DeclarationError(
            f"{where}: chave desconhecida: {', '.join(unknown)}. Retire ou corrija o nome."
        )
    if missing:
        raise DeclarationError(f"{where}: falta a chave {', '.join(missing)}. Acrescente-a.")
    frozen = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    hints = get_type_hints(kind)
    for key, value in frozen.items():
        if not _fits(value, hints[key]):
            raise DeclarationError(f"{where}: {key} precisa ser {_said(hints[key])}. Corrija o valor.")
    return kind(**frozen)


def _fits(value: object, hint: Any) -> bool:
    """Whether a value read from TOML (lists as tuples) is of a declared type."""
    if isinstance(hint, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        if not isinstance(value, tuple):
            return False
        if parts[-1] is Ellipsis:
            return all(_fits(each, parts[0]) for each in value)
        return len(value) == len(parts) and all(map(_fits, value, parts))
    if get_origin(hint) is Mapping:
        return isinstance(value, Mapping) and all(_fits(each, get_args(hint)[1]) for each in value.values())
    # For Python true is a number, a moment is a date and nan a float; for us none of them is.
    if isinstance(value, bool | dt.datetime):
        return hint is type(value)
    if hint is float:
        return isinstance(value, int | float) and abs(value) <= LARGEST
    if hint is int:
        return isinstance(value, int) and abs(value) <= LARGEST
    return isinstance(value, hint)


TYPE_WORDS: Mapping[Any, tuple[str, str]] = {
    str: ("um texto entre aspas", "textos entre aspas"),
    int: ("um número inteiro", "números inteiros"),
    float: ("um número", "números"),
    bool: ("true ou false", "true ou false"),
    dt.date: ("uma data AAAA-MM-DD", "datas AAAA-MM-DD"),
}


def _said(hint: Any) -> str:
    """A declared type in words: `uma lista de 2 números`."""
    if isinstance(hint, UnionType):
        return _said(get_args(hint)[0])
    if get_origin(hint) is Mapping:
        return f"uma tabela de {TYPE_WORDS[get_args(hint)[1]][1]}"
    if get_origin(hint) is tuple:
        first, *others = get_args(hint)
        count = "" if Ellipsis in others else f"{len(others) + 1} "
        return f"uma lista de {count}{TYPE_WORDS.get(first, ('', 'tabelas'))[1]}"
    return TYPE_WORDS[hint][0]


def _section(value: object, name: str, where: str) -> Mapping[str, Any]:
    """A table of a TOML file; refused where something else stands in its place."""
    if not isinstance(value, Mapping):
        raise DeclarationError(f"{where}: {name} precisa ser uma tabela, como [{name}]. Corrija a escrita.")
    return value


def _among(value: str, allowed: Mapping[str, str] | frozenset[str], key: str, where: str) -> None:
    if value not in allowed:
        raise DeclarationError(f"{where}: {key} = '{value}' não existe. Use: {', '.join(sorted(allowed))}.")


def _unused(entry: Mapping[str, Any], key: tuple[str, ...], where: str) -> Unused:
    """Read one [[unused]] of a source: a reason, and lists of texts by column of the key."""
    plain = {name: value for name, value in entry.items() if name in ("reason", "empty")}
    selectors = {name: value for name, value in entry.items() if name not in plain}
    if not selectors or any(
        name not in key or not isinstance(value, list) for name, value in selectors.items()
    ):
        raise DeclarationError(
            f"{where}, unused: escolha as linhas por listas de textos em colunas da chave ({', '.join(key)})."
        )
    found = tuple((name, tuple(value)) for name, value in selectors.items())
    return _make(Unused, {"where": found, **plain}, f"{where}, unused")


def read_source(path: Path) -> Source:
    """Read one source declaration; raises DeclarationError."""
    given = _read(path)
    columns = []
    for name, entry in _section(given.pop("columns", {}), "columns", str(path)).items():
        where = f"{path}, coluna {name}"
        column = _make(Column, {"name": name, **_section(entry, f"columns.{name}", str(path))}, where)
        _among(column.kind, KINDS, "kind", where)
        _among(column.sign, SIGNS, "sign", where)
        _among(column.beyond, AGAINST, "beyond", where)
        if column.written:
            _among(column.written, frozenset(WRITINGS), "written", where)
        if wrong := contradiction(column):
            raise DeclarationError(f"{where}: {wrong}. Corrija a declaração.")
        columns.append(column)
    unused = given.pop("unused", [])
    if not isinstance(unused, list):
        raise DeclarationError(f"{path}: unused precisa ser uma lista, como [[unused]]. Corrija a escrita.")
    source = _make(Source, {"source": path.stem, **given, "columns": columns}, str(path))
    _among(source.origin, frozenset({"snapshot", "fetched"}), "origin", str(path))
    _among(source.period_form, frozenset(PERIOD_FORMS), "period_form", str(path))
    kinds = {column.name: column.kind for column in columns}
    for name in source.key:
        if name not in ("municipality_code", "period") and kinds.get(name) not in ("category", "code"):
            raise DeclarationError(
                f"{path}: a coluna {name} é parte da chave; declare-a como category, com todos os textos em allowed."
            )
    entries = tuple(_unused(_section(entry, "unused", str(path)), source.key, str(path)) for entry in unused)
    return replace(source, unused=entries)


def read_indicator(path: Path) -> Indicator:
    """Read one indicator declaration; raises DeclarationError."""
    given = _read(path)
    where = str(path)
    for name, kind in (("breaks", Break), ("cautions", Caution)):
        entries = given.get(name, [])
        if not isinstance(entries, list):
            raise DeclarationError(
                f"{where}: {name} precisa ser uma lista, como [[{name}]]. Corrija a escrita."
            )
        given[name] = [_make(kind, _section(entry, name, where), f"{where}, {name}") for entry in entries]
    indicator = _make(Indicator, {"indicator": path.stem, **given}, where)
    _among(indicator.area, AREAS, "area", where)
    _among(indicator.better, frozenset({"higher", "lower", "none"}), "better", where)
    _among(indicator.kind, frozenset({"number", "category"}), "kind", where)
    _among(indicator.aggregation, AGGREGATIONS, "aggregation", where)
    _among(indicator.interval, frozenset({"proportion", "rate", "none"}), "interval", where)
    _among(indicator.article, frozenset({"o", "a", "os", "as"}), "article", where)
    for place in indicator.prominent:
        _among(place, frozenset(PROMINENT), "prominent", where)
    for caveat in indicator.caveats:
        _among(caveat, CAVEATS, "caveats", where)
    if bool(indicator.canon_partly) != bool(indicator.canon_lacks):
        raise DeclarationError(f"{where}: canon_partly e canon_lacks andam juntos. Escreva os dois.")
    if indicator.lacking and [phrase.count("{}") for phrase in indicator.lacking] != [1, 1]:
        raise DeclarationError(f"{where}: lacking são duas frases, de um e de muitos, cada uma com um {{}}.")
    if indicator.threshold is not None and (
        indicator.better == "none" or not indicator.range[0] <= indicator.threshold <= indicator.range[1]
    ):
        raise DeclarationError(f"{where}: threshold pede um sentido (better) e um valor dentro de range.")
    judged = indicator.better != "none" and indicator.kind == "number"
    if judged != (indicator.meaningful is not None) or (judged and (indicator.meaningful or 0) <= 0):
        raise DeclarationError(
            f"{where}: meaningful (a menor mudança que importa, maior que zero) acompanha todo indicador numérico "
            "com sentido (better), e só ele."
        )
    if (
        indicator.cohort is None
        if judged and indicator.interval == "none"
        else indicator.cohort and not judged
    ):
        raise DeclarationError(
            f"{where}: cohort acompanha todo indicador numérico com sentido e sem contagens: o grupo de pessoas que "
            "cada edição mede, ou um texto vazio para um registro. Escreva-o, ou retire-o dos outros."
        )
    if (indicator.kind == "category") != bool(indicator.categories):
        raise DeclarationError(f"{where}: categories acompanha kind = 'category', e só ela.")
    if not 0 <= indicator.decimals <= MOST_DECIMALS:
        raise DeclarationError(f"{where}: decimals vai de 0 a {MOST_DECIMALS}. Corrija o valor.")
    widest = WIDEST["percent"] if indicator.unit == "%" else LARGEST
    low, high = indicator.range
    if not low < high or max(abs(low), abs(high)) > widest:
        raise DeclarationError(
            f"{where}: range = [{low:g}, {high:g}] não é um intervalo possível. Escreva o menor e o maior valor que existem."
        )
    if len(indicator.short) > 24:
        raise DeclarationError(f"{where}: short tem mais de 24 letras. Encurte.")
    return indicator


def _read_all(folder: Path, reader: Any) -> dict[str, Any]:
    found = {}
    for path in sorted(folder.glob("*.toml")):
        if not path.with_suffix(".sql").exists():
            raise DeclarationError(f"{path}: falta o SQL de mesmo nome ao lado.")
        found[path.stem] = reader(path)
    for path in sorted(folder.glob("*.sql")):
        if path.stem not in found:
            raise DeclarationError(f"{path}: falta o TOML de mesmo nome ao lado.")
    return found


@cache
def sources() -> Mapping[str, Source]:
    """Every declared source by id, in alphabetical order."""
    return _read_all(HERE / "sources", read_source)


@cache
def indicators() -> Mapping[str, Indicator]:
    """Every declared indicator by id, in the order of the areas and then by title."""
    found: dict[str, Indicator] = _read_all(HERE / "indicators", read_indicator)
    for indicator in found.values():
        _among(indicator.source, frozenset(sources()), "source", f"indicators/{indicator.indicator}.toml")
    for place, room in PROMINENT.items():
        held = [(item.prominent[place], name) for name, item in found.items() if place in item.prominent]
        if len({rank for rank, _ in held}) < len(held) or (room and len(held) > room):
            names = ", ".join(sorted(name for _, name in held))
            raise DeclarationError(
                f"indicators: prominent.{place} repete-se em {names}. Deixe um em cada lugar."
            )
    order = list(AREAS)
    return dict(sorted(found.items(), key=lambda item: (order.index(item[1].area), item[1].title)))


@cache
def canon() -> tuple[Canon, ...]:
    """The nationally recognised indicators, in the order of their codes' publication."""
    path = HERE / "canon.toml"
    given = _read(path)
    return tuple(
        _make(Canon, {"code": code, **_section(entry, code, str(path))}, f"{path}, {code}")
        for code, entry in given.items()
    )


@cache
def benchmarks() -> tuple[Benchmark, ...]:
    """What the publishers state for states and country."""
    return read_benchmarks(HERE / "benchmarks.toml")


def read_benchmarks(path: Path) -> tuple[Benchmark, ...]:
    """Read the publishers' own figures, in the order of the file; raises DeclarationError."""
    found = []
    for name, entries in _read(path).items():
        where = f"{path}, {name}"
        _among(name, frozenset(indicators()), "indicador", where)
        if not isinstance(entries, list):
            raise DeclarationError(f"{where}: precisa ser uma lista, como [[{name}]]. Corrija a escrita.")
        for entry in entries:
            one = _make(Benchmark, {"indicator": name, **_section(entry, name, where)}, where)
            _among(one.scope, frozenset({"state", "country"}), "scope", where)
            low, high = indicators()[name].range
            if not low <= one.value <= high:
                raise DeclarationError(
                    f"{where}: value = {one.value:g} está fora do intervalo do indicador, de {low:g} a {high:g}."
                )
            found.append(one)
    return tuple(found)


def config_file() -> Path:
    """The configuration in use: farol.toml, or the file that FAROL_CONFIG names."""
    return _resolved(os.environ.get("FAROL_CONFIG") or str(ROOT / "farol.toml"))


@cache
def _resolved(path: str) -> Path:
    return Path(path).resolve()


def read_config(path: Path | None = None) -> Config:
    """Read the configuration in use, or the one at `path`; raises DeclarationError."""
    file = (path or config_file()).resolve()
    given = _read(file)
    for section in ("territory", "programme", "data"):
        if section not in given:
            raise DeclarationError(f"{file}: falta a seção [{section}].")
        _section(given[section], section, str(file))
    territory = _make(Territory, given["territory"], f"{file}, [territory]")
    _check_timezone(territory.timezone, str(file))
    programme = _make(Programme, {"next_meeting": None, **given["programme"]}, f"{file}, [programme]")
    if programme.address and not programme.address.startswith(("http://", "https://")):
        raise DeclarationError(f"{file}, [programme]: address precisa começar com http:// ou https://.")
    folder = given["data"].get("folder")
    if not isinstance(folder, str):
        raise DeclarationError(f"{file}, [data]: falta a chave folder.")
    return Config(territory, programme, (file.parent / folder).resolve(), file)


def _check_timezone(name: str, file: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise DeclarationError(
            f"{file}, [territory]: timezone = '{name}' não é um fuso horário. "
            "Use um nome como America/Campo_Grande ou America/Sao_Paulo."
        ) from None


@dataclass(frozen=True)
class Commitment:
    """An official commitment: what its TOML says; its SQL gives baselines, targets and milestones.

    `kind`: goal, limit or category. `operator`: as in a target, or empty to follow the indicator's direction.
    `valid_from` may stay out where the date of the norm is not known. `note`: for the reader, in Portuguese.
    `steps_of`: whose its yearly targets are, for sentences: "Inep e MEC"; only where it has some.
    """

    plan: str
    title: str
    origin: str
    challenge: str
    front: str
    indicators: tuple[str, ...]
    kind: str
    operator: str
    legal_basis: str
    note: str
    valid_from: dt.date | None = None
    version: int = 1
    steps_of: str = ""


def read_commitment(path: Path) -> Commitment:
    """Read the TOML of an official commitment; raises DeclarationError."""
    where = str(path)
    given = _read(path)
    if "plan" in given:
        raise DeclarationError(
            f"{where}: chave desconhecida: plan. O nome do arquivo é o do plano; retire-a."
        )
    commitment = _make(Commitment, {"plan": path.stem, **given}, where)
    if commitment.origin != "official":
        raise DeclarationError(f"{where}: origin precisa ser 'official'; planos municipais são planilhas.")
    _among(commitment.kind, KIND_LABELS, "kind", where)
    if commitment.operator:
        _among(commitment.operator, OPERATOR_LABELS, "operator", where)
    if not commitment.indicators:
        raise DeclarationError(f"{where}: indicators está vazia. Escreva ao menos um indicador.")
    return commitment


def commitments(folder: Path) -> dict[str, Commitment]:
    """Every official commitment by id, in alphabetical order; raises DeclarationError."""
    found = {path.stem: read_commitment(path) for path in sorted(folder.glob("*.toml"))}
    queries = {path.stem for path in folder.glob("*.sql")}
    if alone := sorted(set(found) ^ queries):
        raise DeclarationError(
            f"{folder / alone[0]}: um plano são dois arquivos, .toml e .sql, de mesmo nome."
        )
    return found


DECLARED = "declarations.json"


@dataclass(frozen=True)
class Declared:
    """What a build's tables were made by: sources, indicators and official plans by id, and the canon."""

    sources: Mapping[str, Source]
    indicators: Mapping[str, Indicator]
    canon: tuple[Canon, ...]
    plans: Mapping[str, Commitment]


def declared(plans: Path) -> Declared:
    """Every declaration as its file says it now; `plans`: the folder of the commitments. Raises DeclarationError."""
    return Declared(sources(), indicators(), canon(), commitments(plans))


def write_declared(found: Declared, folder: Path) -> None:
    """Write the declarations beside the tables made by them, so that these can be read when the files change."""

    def plain(value: Any) -> Any:
        if isinstance(value, dt.date):
            return value.isoformat()
        raise TypeError(f"no text for {value!r}")

    text = json.dumps(asdict(found), ensure_ascii=False, indent=1, allow_nan=False, default=plain)
    (folder / DECLARED).write_text(text, "utf-8")


def read_declared(folder: Path) -> Declared:
    """The declarations that the tables of a folder were made by.

    Every key is checked as those of the files are. Raises DeclarationError where there are none or where they are
    of a version of the program that declared otherwise: such tables have to be built again.
    """
    path = folder / DECLARED
    try:
        given = json.loads(path.read_text("utf-8"))
        found: Declared = _thawed(given, Declared, path.name)
    except (OSError, ValueError, TypeError, DeclarationError) as error:
        why = f" ({error})" if isinstance(error, DeclarationError) else ""
        raise DeclarationError(
            f"{path}: o que as tabelas declaram falta ou é de outra versão do programa{why}. "
            "Construa-as de novo: python -m pipelines build"
        ) from error
    return found


def _thawed(value: Any, hint: Any, where: str) -> Any:
    """A value of a JSON file as the declared type has it: dates, tuples and declarations inside one another."""
    if isinstance(hint, UnionType):
        return None if value is None else _thawed(value, get_args(hint)[0], where)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        given = _section(value, hint.__name__, where)
        # What is unknown goes through, for the check to name it.
        return _make(hint, {key: _thawed(each, hints.get(key), where) for key, each in given.items()}, where)
    if get_origin(hint) is tuple and isinstance(value, list):
        parts = get_args(hint)
        kinds = parts if parts[-1] is not Ellipsis else parts[:1] * len(value)
        return tuple(_thawed(each, kind, where) for each, kind in zip(value, kinds, strict=True))
    if get_origin(hint) is Mapping and isinstance(value, Mapping):
        return {key: _thawed(each, get_args(hint)[1], f"{where}, {key}") for key, each in value.items()}
    if hint is dt.date and isinstance(value, str):
        return dt.date.fromisoformat(value)
    return value
