"""What a source, an indicator and the territory must say about themselves.

A declaration is a TOML file beside its SQL. Everything a reader may ask about a number (publisher, unit,
direction, caveat) is said there once; a missing or unknown key stops the build and names the file.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from pipelines import written
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
from pipelines.verdicts import KIND_LABELS, OPERATOR_LABELS, PERCENT, rate, sign
from pipelines.vocabulary import AGGREGATIONS as AGGREGATIONS
from pipelines.vocabulary import AREAS as AREAS
from pipelines.vocabulary import AWAITED as AWAITED
from pipelines.vocabulary import CAVEATS as CAVEATS
from pipelines.vocabulary import COUNTRY as COUNTRY
from pipelines.vocabulary import FLAGS as FLAGS
from pipelines.vocabulary import MISSING_FLAGS as MISSING_FLAGS
from pipelines.vocabulary import MONTHLY as MONTHLY
from pipelines.vocabulary import NEAR_SCOPE as NEAR_SCOPE
from pipelines.vocabulary import PASSES as PASSES
from pipelines.vocabulary import PERIODICITIES as PERIODICITIES
from pipelines.vocabulary import POPULATION_BANDS as POPULATION_BANDS
from pipelines.vocabulary import PROMINENT as PROMINENT
from pipelines.vocabulary import SCOPES as SCOPES
from pipelines.vocabulary import STATES as STATES
from pipelines.vocabulary import states_of as states_of
from pipelines.written import DeclarationError as DeclarationError
from pipelines.written import among, make, read, section

HERE = Path(__file__).parent
ROOT = HERE.parent
# What the app serves beside its pages.
STATIC = ROOT / "static"

MOST_DECIMALS = 6


@dataclass(frozen=True)
class Source:
    """Where a table of raw figures comes from.

    `origin`: snapshot (included copy), fetched, or awaited: no figure has been collected yet, and the build stands
    without. `retrieved`: when it came in; None where it is awaited. `period_form`: year, month or day, in which every
    period is written.
    `series`: what tells one series from another, where that is less than the key without the period. `shelf_life`: for
    how many months after its period a figure may be read as the present one. `rounded_to`: how far the publisher
    rounds, in the figures' unit: nothing is claimed within that distance of a line. `connector`: whether one collects it;
    without, its figures are the included copy.
    """

    source: str
    publisher: str
    short: str
    dataset: str
    url: str
    edition: str
    licence: str
    sha256: str
    rows: int
    periods: str
    period_form: str
    origin: str
    note: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    shelf_life: int
    retrieved: dt.date | None = None
    rounded_to: float | None = None
    connector: bool = True
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

    @property
    def sign(self) -> str:
        """The sign of its unit, PERCENT or MONEY; empty where the unit is words."""
        return sign(self.unit)

    @property
    def of_the_state(self) -> bool:
        """Whether it is a share of its state's total: all of a state are 100%, of several states nothing."""
        return self.aggregation == "sum" and self.sign == PERCENT

    @property
    def rate(self) -> str:
        """Per how many it is told, `por mil`; empty for what is no rate."""
        return rate(self.unit)

    @property
    def monthly(self) -> bool:
        """Whether each value is of one month."""
        return _interval_of(self.periodicity) == MONTHLY


def _interval_of(periodicity: str) -> str:
    """The word of a periodicity, before what is said of this copy: `bienal; nesta cópia só 2021` -> `bienal`."""
    return periodicity.partition(";")[0]


@dataclass(frozen=True)
class Territory:
    """The part of the country that is shown.

    `state`: IBGE's two-digit code of a state, several of them with a blank between, or BR for the whole country.
    `timezone`: a name of the IANA time zone database (America/Campo_Grande). It says when a day begins there.
    """

    state: str
    name: str
    of_name: str
    timezone: str

    @property
    def whole(self) -> tuple[str, str]:
        """The scope and the place under which `aggregates` holds the territory as one: `state, MS`; `country, BR`.

        Several states together are the scope `states`, their letters joined by a plus sign.
        """
        if self.state == COUNTRY:
            return "country", COUNTRY
        held = [letters for letters, code in STATES.items() if code in states_of(self.state)]
        return ("state" if len(held) == 1 else "states"), "+".join(held)

    def holds(self, code: str) -> bool:
        """Whether a municipality lies in it, by its code."""
        return code[:2] in states_of(self.state)


@dataclass(frozen=True)
class Programme:
    """The programme whose plans are followed; `participants` is a CSV path or empty when unknown.

    `address`: where readers open the dashboard, for the links of printed sheets; empty when not said. `store`: where
    what people send is kept, as SQLAlchemy names a PostgreSQL; empty for SQLite in the data folder.
    """

    name: str
    text: str
    participants: str
    next_meeting: dt.date | None
    address: str = ""
    store: str = field(default="", repr=False)


@dataclass(frozen=True)
class Config:
    """farol.toml, read and checked; paths are absolute.

    `tables`: the folder of the built tables inside `data`. `served`: the folder inside static/ for what browsers
    fetch, empty for static/ itself. Two configurations that stand side by side share `data` and differ in both.
    """

    territory: Territory
    programme: Programme
    data: Path
    file: Path
    tables: str = "processed"
    served: str = ""

    @property
    def raw(self) -> Path:
        """Folder of the raw tables."""
        return self.data / "raw"

    @property
    def processed(self) -> Path:
        """Folder of the built tables; written by the build alone."""
        return self.data / self.tables

    @property
    def published(self) -> Path:
        """Folder of the published files, which Streamlit serves; written by the build alone."""
        return STATIC / self.served / "data"

    @property
    def published_address(self) -> str:
        """Where browsers find that folder, from the address of the dashboard on: `app/static/data`."""
        return "/".join(filter(None, ("app/static", self.served, "data")))

    @property
    def meshes(self) -> Path:
        """Folder of the meshes that maps draw, served like the published files."""
        return STATIC / self.served / "geo"

    @property
    def plan_folders(self) -> tuple[Path, ...]:
        """Where municipal plans lie: files that somebody dropped, and what the programme's store wrote."""
        return self.raw / "plans", self.data / "programme" / "plans"

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
    return make(Unused, {"where": found, **plain}, f"{where}, unused")


def read_source(path: Path) -> Source:
    """Read one source declaration; raises DeclarationError."""
    given = read(path)
    columns = []
    for name, entry in section(given.pop("columns", {}), "columns", str(path)).items():
        where = f"{path}, coluna {name}"
        column = make(Column, {"name": name, **section(entry, f"columns.{name}", str(path))}, where)
        among(column.kind, KINDS, "kind", where)
        among(column.sign, SIGNS, "sign", where)
        among(column.beyond, AGAINST, "beyond", where)
        if column.written:
            among(column.written, frozenset(WRITINGS), "written", where)
        if wrong := contradiction(column):
            raise DeclarationError(f"{where}: {wrong}. Corrija a declaração.")
        columns.append(column)
    unused = given.pop("unused", [])
    if not isinstance(unused, list):
        raise DeclarationError(f"{path}: unused precisa ser uma lista, como [[unused]]. Corrija a escrita.")
    source = make(Source, {"source": path.stem, **given, "columns": columns}, str(path))
    among(source.origin, frozenset({"snapshot", "fetched", AWAITED}), "origin", str(path))
    if (source.origin == AWAITED) != (source.retrieved is None) or (source.origin == AWAITED and source.rows):
        raise DeclarationError(
            f"{path}: uma fonte que aguarda coleta (origin = '{AWAITED}') não tem retrieved nem linhas; as outras têm. "
            "Corrija a declaração."
        )
    among(source.period_form, frozenset(PERIOD_FORMS), "period_form", str(path))
    kinds = {column.name: column.kind for column in columns}
    for name in source.key:
        if name not in ("municipality_code", "period") and kinds.get(name) not in ("category", "code"):
            raise DeclarationError(
                f"{path}: a coluna {name} é parte da chave; declare-a como category, com todos os textos em allowed."
            )
    entries = tuple(_unused(section(entry, "unused", str(path)), source.key, str(path)) for entry in unused)
    return replace(source, unused=entries)


def read_indicator(path: Path) -> Indicator:
    """Read one indicator declaration; raises DeclarationError."""
    given = read(path)
    where = str(path)
    for name, kind in (("breaks", Break), ("cautions", Caution)):
        entries = given.get(name, [])
        if not isinstance(entries, list):
            raise DeclarationError(
                f"{where}: {name} precisa ser uma lista, como [[{name}]]. Corrija a escrita."
            )
        given[name] = [make(kind, section(entry, name, where), f"{where}, {name}") for entry in entries]
    indicator = make(Indicator, {"indicator": path.stem, **given}, where)
    among(indicator.area, AREAS, "area", where)
    among(indicator.better, frozenset({"higher", "lower", "none"}), "better", where)
    among(indicator.kind, frozenset({"number", "category"}), "kind", where)
    among(indicator.aggregation, AGGREGATIONS, "aggregation", where)
    among(indicator.interval, frozenset({"proportion", "rate", "none"}), "interval", where)
    among(_interval_of(indicator.periodicity), PERIODICITIES, "periodicity", where)
    among(indicator.article, frozenset({"o", "a", "os", "as"}), "article", where)
    for place in indicator.prominent:
        among(place, frozenset(PROMINENT), "prominent", where)
    for caveat in indicator.caveats:
        among(caveat, CAVEATS, "caveats", where)
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
    widest = WIDEST["percent"] if indicator.unit == "%" else written.LARGEST
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
        among(indicator.source, frozenset(sources()), "source", f"indicators/{indicator.indicator}.toml")
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
    given = read(path)
    return tuple(
        make(Canon, {"code": code, **section(entry, code, str(path))}, f"{path}, {code}")
        for code, entry in given.items()
    )


@cache
def benchmarks() -> tuple[Benchmark, ...]:
    """What the publishers state for states and country."""
    return read_benchmarks(HERE / "benchmarks.toml")


def read_benchmarks(path: Path) -> tuple[Benchmark, ...]:
    """Read the publishers' own figures, in the order of the file; raises DeclarationError."""
    found = []
    for name, entries in read(path).items():
        where = f"{path}, {name}"
        among(name, frozenset(indicators()), "indicador", where)
        if not isinstance(entries, list):
            raise DeclarationError(f"{where}: precisa ser uma lista, como [[{name}]]. Corrija a escrita.")
        for entry in entries:
            one = make(Benchmark, {"indicator": name, **section(entry, name, where)}, where)
            among(one.scope, frozenset({"state", "country"}), "scope", where)
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
    given = read(file)
    for name in ("territory", "programme", "data"):
        if name not in given:
            raise DeclarationError(f"{file}: falta a seção [{name}].")
        section(given[name], name, str(file))
    place = {**given["territory"], "state": _states(given["territory"].get("state"), str(file))}
    territory = make(Territory, place, f"{file}, [territory]")
    _check_timezone(territory.timezone, str(file))
    programme = make(Programme, {"next_meeting": None, **given["programme"]}, f"{file}, [programme]")
    if programme.address and not programme.address.startswith(("http://", "https://")):
        raise DeclarationError(f"{file}, [programme]: address precisa começar com http:// ou https://.")
    places = _places(given["data"], str(file))
    data = (file.parent / places.pop("folder")).resolve()
    return Config(territory, programme, data, file, **places)


def _places(given: Mapping[str, Any], file: str) -> dict[str, str]:
    """The section [data]: folder, tables and served, checked. Both of the last are names of folders, not paths."""
    if "folder" not in given:
        raise DeclarationError(f"{file}, [data]: falta a chave folder.")
    places = {
        "folder": given["folder"],
        "tables": given.get("tables", "processed"),
        "served": given.get("served", ""),
    }
    if unknown := sorted(set(given) - set(places)):
        raise DeclarationError(
            f"{file}, [data]: chave desconhecida: {unknown[0]}. Use folder, tables ou served."
        )
    for key, value in places.items():
        if not isinstance(value, str):
            raise DeclarationError(f"{file}, [data]: {key} precisa ser um texto.")
    for key, taken in (("tables", ("raw", "history")), ("served", ("data", "geo", "topo"))):
        name = places[key]
        if (name or key == "tables") and (not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) or name in taken):
            raise DeclarationError(
                f"{file}, [data]: {key} = '{name}' não serve de nome de pasta. "
                f"Use letras minúsculas, algarismos e hífen, e não {', '.join(taken)}."
            )
    return places


def _states(given: object, file: str) -> str:
    """The key `state`, one code or a list of them or BR, as `Territory` holds it; raises DeclarationError."""
    codes = given if isinstance(given, list) else [given]
    if codes == [COUNTRY]:
        return COUNTRY
    known = [str(code) for code in codes if code in STATES.values()]
    if not known or sorted(set(known)) != sorted(map(str, codes)):
        raise DeclarationError(
            f"{file}, [territory]: state = {given!r} não é o código de um estado no IBGE, nem uma lista deles. "
            'Escreva como "50", ["50", "51"] ou "BR".'
        )
    return " ".join(sorted(known))


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
    `steps_of`: whose its yearly targets are, for sentences: "Inep e MEC"; only where it has some. `reference`: whether
    it is asked of the country and no municipality owes it; what municipalities owe comes before it.
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
    reference: bool = False


def read_commitment(path: Path) -> Commitment:
    """Read the TOML of an official commitment; raises DeclarationError."""
    where = str(path)
    given = read(path)
    if "plan" in given:
        raise DeclarationError(
            f"{where}: chave desconhecida: plan. O nome do arquivo é o do plano; retire-a."
        )
    commitment = make(Commitment, {"plan": path.stem, **given}, where)
    if commitment.origin != "official":
        raise DeclarationError(f"{where}: origin precisa ser 'official'; planos municipais são planilhas.")
    among(commitment.kind, KIND_LABELS, "kind", where)
    if commitment.operator:
        among(commitment.operator, OPERATOR_LABELS, "operator", where)
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
        given = section(value, hint.__name__, where)
        # What is unknown goes through, for the check to name it.
        return make(hint, {key: _thawed(each, hints.get(key), where) for key, each in given.items()}, where)
    if get_origin(hint) is tuple and isinstance(value, list):
        parts = get_args(hint)
        kinds = parts if parts[-1] is not Ellipsis else parts[:1] * len(value)
        return tuple(_thawed(each, kind, where) for each, kind in zip(value, kinds, strict=True))
    if get_origin(hint) is Mapping and isinstance(value, Mapping):
        return {key: _thawed(each, get_args(hint)[1], f"{where}, {key}") for key, each in value.items()}
    if hint is dt.date and isinstance(value, str):
        return dt.date.fromisoformat(value)
    return value
