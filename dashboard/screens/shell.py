"""How markup comes onto a page: by one door, which takes nothing but markup."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from urllib.parse import quote

import streamlit as st

from dashboard.charts.markup import SPARK, Html

_DRAWING = re.compile(r"<svg [^>]*>.*?</svg>", re.DOTALL)


def html(markup: Html) -> None:
    """Markup of ours on the page. Streamlit strips inline SVG, so drawings go in as images with their label."""
    st.html(_with_images(markup) if "<svg" in markup else markup)


def lead_to(address: str, said: str) -> None:
    """Lead the browser to another address of ours, which takes this page's place; `said`: plain words meanwhile."""
    place = json.dumps(address).replace("<", "\\u003c")
    st.html(
        f'<p role="status">{escape(said)}</p><script>location.replace({place})</script>',
        unsafe_allow_javascript=True,
    )


@lru_cache(maxsize=64)
def _with_images(markup: Html) -> Html:
    strip: list[str] = []

    def placed(found: re.Match[str]) -> str:
        drawing = found.group()
        if 'class="spark"' not in drawing:
            return _as_image(drawing)
        strip.append(drawing)
        return f'<i class="spark" style="--at:{-SPARK[1] * (len(strip) - 1)}px"></i>'

    drawn = _DRAWING.sub(placed, markup)
    return Html(
        f'<div style="--sparks:url(&quot;{_strip_of(strip)}&quot;)">{drawn}</div>' if strip else drawn
    )


def _strip_of(sparklines: Sequence[str]) -> str:
    """Sparklines one under the other in one image, of which each place of a table shows its own part.

    A hundred images of their own would weigh four times as much.
    """
    width, height = SPARK
    head = sparklines[0][: sparklines[0].index(">")]
    look = re.search(r"fill=.*", head)
    assert look is not None
    inner = "".join(
        f'<svg y="{place * height}">{drawing[drawing.index(">") + 1 :]}'
        for place, drawing in enumerate(sparklines)
    )
    tall = height * len(sparklines)
    return _address(
        f'<svg width="{width}" height="{tall}" viewBox="0 0 {width} {tall}" {look.group()}>{inner}</svg>'
    )


def _as_image(drawing: str) -> str:
    end = drawing.index(">")
    head = drawing[:end]
    label = re.search(r'aria-label="([^"]*)"', head)
    size = "".join(f" {name}" for name in re.findall(r'(?<=\s)(?:width|height|class)="[^"]*"', head))
    # What says something to readers and to the style sheet stands on the image; every view sends these again.
    head = re.sub(r'\s(?:xmlns|class|role|width|height|aria-[a-z]+)="[^"]*"', "", head)
    return f'<img alt="{label.group(1) if label else ""}"{size} src="{_address(f"{head}{drawing[end:]}")}">'


def _address(drawing: str) -> str:
    """A drawing as the address of an image."""
    whole = drawing.replace("<svg", f"<svg xmlns={SVG!r}", 1).replace('"', "'")
    # A hundred sparklines have tens of thousands of characters, and none beyond ASCII.
    written = whole.translate(_WRITTEN) if whole.isascii() else quote(whole, safe=_AS_THEY_ARE)
    return f"data:image/svg+xml,{written}"


SVG = "http://www.w3.org/2000/svg"
_AS_THEY_ARE = " =/:;,.()!*@'"
_WRITTEN = str.maketrans({chr(place): quote(chr(place), safe=_AS_THEY_ARE) for place in range(128)})
