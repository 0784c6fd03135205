"""One run: publishers side by side, their sources one after another, each whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipelines import declarations, failures
from pipelines.declarations import Config, Source
from pipelines.editions import EditionError
from pipelines.fetching import placing, settling
from pipelines.fetching.contract import COUNTRY, STATES, Connector, FetchError, Harvest, Row, Scope
from pipelines.fetching.memory import Memory
from pipelines.fetching.publishers import CONNECTORS
from pipelines.fetching.web import Client, Road
from pipelines.raw_files import REGISTRY

# Lines of the log that are kept.
LOG_LINES = 5_000

# Of a source that asks municipality by municipality, the index of editions keeps the first answers' stamps.
MOST_STAMPS = 40

NEW, SAME, FAILED = "new", "same", "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of a source: `state` is new, same or failed; `told` the sentence of a failure or of what is new.

    `changed`: values published before that are another now. `seconds`: how long it took.
    """

    source: str
    state: str
    told: str
    edition: str = ""
    rows: int = 0
    changed: int = 0
    refused: int = 0
    sha256: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Run:
    """All that a run is asked: the configuration, the scope's state, how to reach publishers, what to accept.

    `declared`: the folder of the declarations that new editions are written into. `bar` makes a progress bar:
    it is called with the source and gives what the client reports to.
    """

    config: Config
    state: str
    road: Road
    today: dt.date
    declared: Path = declarations.HERE / "sources"
    accepted: bool = False
    bar: Callable[[str], Callable[..., None] | None] = lambda _: None


def state_of(text: str) -> str:
    """IBGE's two digits of a state given as digits or letters. Raises FetchError."""
    code = STATES.get(text.strip().upper(), text.strip())
    if code not in STATES.values():
        raise FetchError(f"'{text}' não é um estado. Use a sigla ou o código do IBGE, como MS ou 50.")
    return code


def chosen(names: Iterable[str]) -> Sequence[Connector]:
    """The connectors of these sources, all where none is named. Raises FetchError for a name without connector."""
    known = {connector.source: connector for connector in CONNECTORS}
    wanted = list(dict.fromkeys(names)) or list(known)
    for name in wanted:
        if name not in known:
            exists = "existe, mas aguarda conector" if name in declarations.sources() else "não existe"
            raise FetchError(f"A fonte '{name}' {exists}. As que se coletam: {', '.join(sorted(known))}.")
    return [known[name] for name in wanted]


def run(asked: Run, connectors: Sequence[Connector]) -> list[Outcome]:
    """Collect these sources. Returns their outcomes in the order asked; raises FetchError where another run is on."""
    with placing.alone(asked.config):
        # The others are checked against the list of municipalities, so that one comes first and alone.
        first = [connector for connector in connectors if connector.source == REGISTRY]
        done = [_outcome(asked, connector) for connector in first]
        queues: dict[str, list[Connector]] = {}
        for connector in connectors:
            if connector.source != REGISTRY:
                queues.setdefault(connector.publisher, []).append(connector)
        with ThreadPoolExecutor(max_workers=max(1, len(queues))) as pool:
            for found in pool.map(lambda queue: [_outcome(asked, c) for c in queue], queues.values()):
                done += found
        _log(asked, done)
    order = [connector.source for connector in connectors]
    return sorted(done, key=lambda outcome: order.index(outcome.source))


def _outcome(asked: Run, connector: Connector) -> Outcome:
    start = time.monotonic()
    try:
        found = _collect(asked, connector)
    except (FetchError, EditionError) as error:
        found = Outcome(connector.source, FAILED, str(error))
    except OSError as error:
        found = Outcome(connector.source, FAILED, failures.sentence(error))
    except Exception as error:
        # A fault of ours must not keep the other sources from being collected.
        told = f"O próprio programa falhou ({_short(error)}). Avise quem mantém o painel."
        found = Outcome(connector.source, FAILED, told)
    return replace(found, seconds=round(time.monotonic() - start, 1))


def _collect(asked: Run, connector: Connector) -> Outcome:
    name = connector.source
    scope = settling.scope_of(asked.config, asked.state, asked.today)
    if name != REGISTRY:
        settling.peopled(scope)
    before = settling.on_file(asked.config, name)
    memory = Memory(asked.config.data / ".fetch")
    with Client(asked.road, connector.hosts, memory, asked.bar(name)) as client:
        harvest = _harvest(connector, client, scope, before)
        answers, stamps = client.answers, tuple(client.stamps[:MOST_STAMPS])
    declaration = asked.declared / f"{name}.toml"
    found = settling.settle(asked.config, declaration, scope, before, harvest, stamps, asked.accepted)
    memory.keep(answers)
    form, state = found.form, SAME if found.same else NEW
    return Outcome(
        name, state, found.told, harvest.edition, found.source.rows, len(form.revised), form.refused,
        found.source.sha256,
    )  # fmt: skip


def _harvest(connector: Connector, client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """What the connector brings; an answer of another form trips over something, whatever comes first."""
    try:
        return connector.collect(client, scope, before)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise FetchError(
            f"A resposta do publicador não tem a forma esperada ({_short(error)}). Nada foi trocado; o conector precisa "
            "ser revisto."
        ) from None


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:120]


def _log(asked: Run, outcomes: list[Outcome]) -> None:
    """One JSON line per source in data/.fetch.jsonl, the newest at the end."""
    config = asked.config
    path = config.data / ".fetch.jsonl"
    moment = config.now().isoformat(timespec="seconds")
    said = {"time": moment, "state_asked": asked.state, "mirror": asked.road.mirror}
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    lines += [json.dumps({**said, **asdict(outcome)}, ensure_ascii=False) for outcome in outcomes]
    path.write_text("\n".join(lines[-LOG_LINES:]) + "\n", "utf-8")


def territory(config: Config, state: str | None, whole: bool) -> str:
    """What is asked for: --all, --state, or the territory of the configuration. Raises FetchError."""
    if whole:
        return COUNTRY
    return state_of(state) if state else config.territory.state


def declared(name: str) -> Source:
    """The declaration of a source with or without figures. Raises FetchError."""
    found = declarations.sources().get(name)
    if found is None:
        raise FetchError(f"A fonte '{name}' não existe. Confira o nome em pipelines/sources/.")
    return found
