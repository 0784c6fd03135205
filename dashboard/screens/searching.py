"""A municipality found by writing its name, where a list of all of them would be sent again with every run.

Streamlit sends the options of a box on each rerun: the names of the country's 5,570 municipalities are 78 kB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import words
from dashboard.charts import markup
from dashboard.screens import messages
from dashboard.screens.shell import html
from dashboard.tables import Tables

# The municipalities of a territory that a box lists: Minas Gerais has 853.
MOST_LISTED = 900
# Of those that a name fits, so many are offered.
MOST_OFFERED = 12
Pick = Callable[[str | None], None]


def listed(data: Tables) -> bool:
    """Whether the territory is small enough for a box that lists it."""
    return len(data.names()) <= MOST_LISTED


def fitting(names: Mapping[str, str], typed: str) -> list[str]:
    """The codes that a text fits: one's own code, those of that very name, else what begins with it, then what holds it.

    `names`: by code, in alphabetical order. Accents and capitals do not count; `Bom Jesus` is every Bom Jesus.
    """
    asked = words.collated(" ".join(typed.split()))
    if not asked:
        return []
    if asked in names:
        return [asked]
    known = {code: words.collated(name) for code, name in names.items()}
    whole = [code for code, name in known.items() if asked in (name, name.partition(" (")[0])]
    begins = [code for code, name in known.items() if name.startswith(asked) and code not in whole]
    holds = [code for code, name in known.items() if asked in name[1:] and not name.startswith(asked)]
    return whole if len(whole) == 1 else [*whole, *begins, *holds]


def search(data: Tables, label: str, name: str, value: str, pick: Pick, placeholder: str) -> None:
    """A text box that takes a name, and a short list where several fit.

    `name` tells apart the boxes of a page; `value`: the code that is chosen now, or empty; `pick` is called with the
    code that was found, or None where the text was taken out.
    """
    key, mark, offered = _keys(name)
    # What the reader types stays, though it fits several; one that is chosen by another way is shown.
    if key not in st.session_state or st.session_state.get(mark) != value:
        st.session_state[key] = data.names().get(value, "")
        st.session_state.pop(offered, None)
    else:
        st.session_state[key] = st.session_state[key]
    st.session_state[mark] = value
    st.text_input(
        label,
        key=key,
        placeholder=placeholder,
        on_change=_typed,
        args=(data, name, pick, bool(value)),
    )
    if offered in st.session_state:
        _offer(data, name, str(st.session_state[key]), st.session_state[offered], pick)


def _keys(name: str) -> tuple[str, str, str]:
    """Where the session keeps a box's text, the choice that it shows, and what is offered under it."""
    return f"widget:procura-{name}", f"procura-{name}", f"achados-{name}"


def _picked(name: str, code: str | None, pick: Pick) -> None:
    """Choose; the box then begins again from what is chosen."""
    _, mark, offered = _keys(name)
    st.session_state.pop(mark, None)
    st.session_state.pop(offered, None)
    pick(code)


def _typed(data: Tables, name: str, pick: Pick, chosen: bool) -> None:
    key, _, offered = _keys(name)
    typed = str(st.session_state[key])
    found = fitting(data.names(), typed)
    st.session_state.pop(offered, None)
    if len(found) == 1:
        _picked(name, found[0], pick)
    elif typed.strip():
        st.session_state[offered] = tuple(found)
    elif chosen:
        _picked(name, None, pick)


def _offer(data: Tables, name: str, typed: str, found: tuple[str, ...], pick: Pick) -> None:
    """The municipalities that a text fits, or that there is none."""
    if not found:
        messages.warned(f"Nenhum município se chama “{typed[:40]}”. Confira a grafia ou escreva só o começo.")
        return
    names, key = data.names(), f"widget:achados-{name}"
    st.session_state[key] = None

    def chosen() -> None:
        _picked(name, st.session_state[key], pick)

    st.selectbox(
        messages.plain_text(f"Qual dos {words.number(len(found))}?"),
        found[:MOST_OFFERED],
        index=None,
        format_func=names.__getitem__,
        key=key,
        placeholder="Escolha",
        on_change=chosen,
    )
    if len(found) > MOST_OFFERED:
        html(
            markup.note(
                f"Os {MOST_OFFERED} primeiros de {words.number(len(found))}: escreva mais letras para ver os outros."
            )
        )
