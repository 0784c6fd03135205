"""The one door through which texts reach Streamlit's Markdown: what comes from files and links stays as it was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

# Some texts are replaced after Markdown has been read, where a backslash is no help: `:smile:`, `:material/home:`,
# arrows, and addresses that become links. A joiner that has no width keeps their letters apart.
JOINER = "\u2060"
_SHORT = re.compile(r"(?<!\S)(<->|->|<-|--|>=|<=|~=)(?!\S)")


def plain_text(text: str) -> str:
    """A text that Markdown shows letter by letter: no images, links, formulas, icons, lists or headings of its own."""
    text = " ".join(text.split())
    text = _SHORT.sub(lambda found: found[0][0] + JOINER + found[0][1:], text)
    text = re.sub(r"(?i)(www)(?=\.)|([:@])", rf"\g<0>{JOINER}", text)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def _said(show: Callable[..., Any], text: str) -> None:
    show(plain_text(text))


def told(text: str) -> None:
    """A message that asks for nothing."""
    _said(st.info, text)


def warned(text: str) -> None:
    """What was left aside or is out of date."""
    _said(st.warning, text)


def refused(text: str) -> None:
    """What could not be done."""
    _said(st.error, text)


def passing(text: str) -> None:
    """What went well, wherever on the page the reader is, for some seconds; what stays is said by `confirmed`."""
    _said(st.toast, text)


def confirmed(text: str) -> None:
    """What went well."""
    _said(st.success, text)
