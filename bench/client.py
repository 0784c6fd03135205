"""A reader without a browser: speaks Streamlit's own protocol over a real websocket, as the browser's program does."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

# How long the server must have done nothing to be called idle, in seconds: it collects garbage after the last message.
IDLE = 0.03
LONGEST = 120.0


class Fallen(RuntimeError):
    """The page told an error instead of its content."""


def cpu(process: int) -> float:
    """Seconds of CPU that a process has used so far, all threads together.

    The system's clock of another process (clock_getcpuclockid): /proc/PID/stat counts in hundredths of a second.
    """
    return time.clock_gettime((~process << 3) | 2)


def settled(process: int) -> float:
    """The CPU of a process once it does nothing more."""
    before = cpu(process)
    while True:
        time.sleep(IDLE)
        now = cpu(process)
        # An idle server still looks round.
        if now - before < IDLE * 0.02:
            return now
        before = now


@dataclass(frozen=True)
class Run:
    """One run of a script as its reader has it.

    `seconds`: until it ended; `cpu`: seconds of CPU of the server; `sent`: bytes of its messages; `wire`: bytes that came,
    compressed where the server does that.
    """

    seconds: float
    cpu: float
    sent: int
    wire: int


class Counting(socket.socket):
    """A socket that counts what it receives."""

    received = 0

    def recv(self, *given: Any) -> bytes:
        """As a socket does."""
        data = super().recv(*given)
        self.received += len(data)
        return data


@dataclass
class Session:
    """A session as its reader has it: what is shown, and what is kept, as the browser's program keeps it.

    It knows no wire: what it asks comes as bytes to send, and what the server sends is handed to it. `address`: what the
    browser would show as the dashboard's own.
    """

    address: str
    page: str = ""
    query: str = ""
    hash: str = ""
    embedded: bool = False
    widgets: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, tuple[ForwardMsg, int]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    messages: list[ForwardMsg] = field(default_factory=list)
    runs: int = 0
    age: int = 2
    _coming: dict[str, Any] = field(default_factory=dict)

    def options(self, label: str) -> list[str]:
        """The options of the list of this label; empty where the page has none."""
        return list(getattr(self.widgets.get(label), "options", ()))

    def shown(self, label: str) -> str | None:
        """What the list of this label shows as chosen."""
        value = _shown(self.widgets[label]) if label in self.widgets else None
        return None if value is None else str(value)

    def opening(self, page: str = "", **link: str) -> bytes:
        """What opens a page by its address, as a first visit does; `grafico`: as the frame of another site does."""
        self.page, self.query, self.hash, self.embedded = page, urlencode(link), "", "grafico" in link
        self.widgets = {}
        return self.asking()

    def asking(self, changed: tuple[str, Any] | None = None) -> bytes:
        """What asks for the present view once more; `changed`: the label of a widget and what is chosen in it.

        From here on the server's answer is awaited. Raises KeyError where the page has no such widget.
        """
        if changed and changed[0] not in self.widgets:
            raise KeyError(
                f"no widget {changed[0]!r} on {self.page or 'the first page'}: {list(self.widgets)}"
            )
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string, state.page_script_hash = self.query, self.hash
        if not self.hash:
            state.page_name = self.page
        state.context_info.url = f"{self.address}/{self.page}"
        state.context_info.color_scheme = "light"
        state.context_info.locale = "pt-BR"
        state.context_info.is_embedded = self.embedded
        state.cached_message_hashes.extend(self.kept)
        for label, widget in self.widgets.items():
            value = changed[1] if changed and changed[0] == label else _shown(widget)
            state.widget_states.widgets.append(_state(widget, value))
        self.messages, self.texts, self.charts, self._coming = [], [], [], {}
        told: bytes = asked.SerializeToString()
        return told

    def take(self, data: bytes) -> bool:
        """Take in one message of the server; whether the run has ended with it. Raises Fallen."""
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            held, _ = self.kept[message.ref_hash]
            self.kept[message.ref_hash] = held, self.runs
            message, kind = held, held.WhichOneof("type")
        elif message.metadata.cacheable:
            self.kept[message.hash] = message, self.runs
        self.messages.append(message)
        if kind == "new_session":
            self.age = message.new_session.config.max_cached_message_age
        elif kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self.hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta":
            self._take(message.delta, self._coming)
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.widgets = self._coming
            self.runs += 1
            self.kept = {name: pair for name, pair in self.kept.items() if self.runs - pair[1] <= self.age}
            return True
        return False

    def _take(self, delta: Any, shown: dict[str, Any]) -> None:
        if delta.WhichOneof("type") == "add_block":
            kind = delta.add_block.WhichOneof("type")
            block = getattr(delta.add_block, kind) if kind in ("popover", "expandable") else None
            if block is not None and block.id:
                # The popovers of downloads share a label: the first stands for all.
                shown.setdefault(block.label, block)
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind in ("selectbox", "multiselect", "checkbox", "text_input", "slider"):
            widget = getattr(element, kind)
            shown.setdefault(widget.label, widget)
        elif kind == "html":
            self.texts.append(element.html.body)
        elif kind == "plotly_chart":
            self.charts.append(element.plotly_chart.spec)
        elif kind == "exception":
            raise Fallen(element.exception.message)
        elif kind == "alert" and "Algo falhou" in element.alert.body:
            raise Fallen(element.alert.body)


@dataclass
class Client:
    """A session at a server of this machine, with what each run costs the server."""

    session: Session
    connection: ClientConnection
    socket: Counting
    process: int

    def open(self, page: str = "", **link: str) -> Run:
        """Open a page by its address, as a first visit does."""
        return self._run(self.session.opening(page, **link))

    def choose(self, label: str, value: Any) -> Run:
        """Choose in the widget of this label: an option's label, a list of them, a switch, a number."""
        return self._run(self.session.asking((label, value)))

    def again(self) -> Run:
        """The same view once more."""
        return self._run(self.session.asking())

    def _run(self, asked: bytes) -> Run:
        spent, before, start = settled(self.process), self.socket.received, time.perf_counter()
        self.connection.send(asked)
        sent, ended = 0, False
        while not ended:
            data = self.connection.recv(LONGEST)
            assert isinstance(data, bytes)
            sent += len(data)
            ended = self.session.take(data)
        took = time.perf_counter() - start
        return Run(took, settled(self.process) - spent, sent, self.socket.received - before)


def _shown(widget: Any) -> Any:
    """The value that a widget shows before it is touched."""
    kind = type(widget).__name__
    if kind == "Selectbox":
        if widget.set_value:
            return widget.raw_value if widget.HasField("raw_value") else None
        return widget.options[widget.default] if widget.HasField("default") else None
    if kind == "MultiSelect":
        return (
            list(widget.raw_values)
            if widget.set_value
            else [widget.options[place] for place in widget.default]
        )
    if kind == "Popover":
        return widget.open
    if kind == "Expandable":
        return widget.expanded
    if kind == "Slider":
        return list(widget.value if widget.set_value else widget.default)
    return widget.value if widget.set_value else widget.default


def _state(widget: Any, value: Any) -> WidgetState:
    state = WidgetState()
    state.id = widget.id
    if value is None:
        return state
    kind = type(widget).__name__
    if kind in ("Checkbox", "Popover", "Expandable"):
        state.bool_value = bool(value)
    elif kind == "Slider":
        state.double_array_value.data.extend(value if isinstance(value, Sequence) else [value])
    elif kind == "MultiSelect":
        state.string_array_value.data.extend(value)
    else:
        state.string_value = str(value)
    return state


@contextmanager
def reading(address: str, process: int, cookie: str = "") -> Iterator[Client]:
    """A session of its own at the server of this address and process id; `cookie`: what its browser would send."""
    host = urlsplit(address)
    with Counting() as counting:
        counting.connect((host.hostname, host.port))
        stream = f"ws://{host.netloc}/_stcore/stream"
        with connect(
            stream,
            sock=counting,
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            additional_headers={"Cookie": cookie} if cookie else None,
        ) as connection:
            yield Client(Session(address), connection, counting, process)
