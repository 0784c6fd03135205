"""What a reader finds on a page, read from a run of the app without a browser."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.screens import link as link_room
from dashboard.screens.messages import JOINER
from pipelines.declarations import ROOT

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*/*.py"))
TAGS = re.compile(r"<style>.*?</style>|<[^>]+>", re.DOTALL)


def parameters(page: str) -> set[str]:
    """The parameters that a page reads and writes, from its call of write_link."""
    found = set(link_room.EVERYWHERE)
    for node in ast.walk(ast.parse((ROOT / page).read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "write_link"
        ):
            found |= {str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def _elements(block: Any) -> Iterator[Any]:
    for element in block.children.values():
        yield element
        if hasattr(element, "children"):
            yield from _elements(element)


def elements(at: AppTest) -> list[Any]:
    """Every element of the side bar and of the page, in the order of reading."""
    return [*_elements(at.sidebar), *_elements(at.main)]


def html(at: AppTest) -> list[str]:
    """The page's own HTML, block by block, without the style sheet."""
    bodies = [str(element.proto.body) for element in elements(at) if element.type == "html"]
    return [body for body in bodies if not body.startswith("<style>")]


def plain(message: str) -> str:
    """A message as its reader sees it: without the marks that keep Markdown from reading it."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", message).replace(JOINER, "")


def text(at: AppTest) -> str:
    """Everything in words on the page, one block a line."""
    said = [unescape(re.sub(r"\s+", " ", TAGS.sub(" ", body))).strip() for body in html(at)]
    said += [
        plain(str(item.value))
        for kind in (at.warning, at.info, at.error, at.markdown, at.caption)
        for item in kind
    ]
    return "\n".join(said)


def title(at: AppTest) -> str:
    """The text of the page's one h1."""
    found = re.findall(r"<h1[^>]*>(.*?)</h1>", "\n".join(html(at)))
    assert len(found) == 1, found
    return unescape(found[0])


def charts(at: AppTest) -> dict[str, Any]:
    """The page's Plotly charts by key; each with `spec` (JSON text) and `alt`."""
    return {element.key: element.proto for element in elements(at) if element.type == "plotly_chart"}


def link(at: AppTest) -> dict[str, str]:
    """What the address says after the run."""
    return {name: value[-1] if isinstance(value, list) else value for name, value in at.query_params.items()}


def view(at: AppTest) -> Mapping[str, Any]:
    """All that tells one view from another."""
    return {
        "html": html(at),
        "charts": {key: json.loads(chart.spec) for key, chart in charts(at).items()},
        "widgets": {
            element.key: element.value
            for element in elements(at)
            if element.type
            in {"selectbox", "multiselect", "button_group", "toggle", "checkbox", "slider", "text_input"}
        },
    }


def assert_sound(at: AppTest) -> None:
    """The run ended well: no exception, no error, one title, and nothing that only a program would say."""
    assert not at.exception, [list(error.stack_trace)[-1:] or error.value for error in at.exception]
    assert not at.error, [error.value for error in at.error]
    assert title(at)
    said = text(at)
    leaked = re.findall(r"(?i)\b(?:nan|nat|none|null|true|false|undefined|traceback)\b|<NA>|\{\w*\}", said)
    assert not leaked, leaked
    english = re.findall(r"R\$ ?[\d,]*\d\.\d{2}\b|\d\.\d{1,2} ?%|\d,\d{3}\.\d", said)
    assert not english, english
