"""The frame of Farol Municipal: tables at hand, menu, municipality in focus; then the page.

`streamlit run app.py` imports this file to find `app`, the server, and then runs it as a script once per run
of a session.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import screens
from dashboard.screens import accounts, desk


def pages() -> dict[str, list[Any]]:
    """The menu. A page is one file and one line here; the file's stem is its address.

    Whoever has a session of the programme finds its pages first: a long menu is folded at its end.
    """
    menu = {
        "Ver": [
            st.Page("pages/ver/panorama.py", title="Panorama", default=True),
            st.Page("pages/ver/indicador.py", title="Indicador"),
            st.Page("pages/ver/municipio.py", title="Município"),
        ],
        "Acompanhar": [
            st.Page("pages/acompanhar/monitoramento.py", title="Monitoramento"),
            st.Page("pages/acompanhar/plano.py", title="Plano do município"),
            st.Page("pages/acompanhar/metas.py", title="Metas"),
        ],
        "Analisar": [
            st.Page("pages/analisar/comparar.py", title="Comparar"),
            st.Page("pages/analisar/relacao.py", title="Relação"),
            st.Page("pages/analisar/conferir.py", title="Conferir plano"),
            st.Page("pages/analisar/metodo.py", title="Como lemos as metas"),
            st.Page("pages/analisar/fontes.py", title="Fontes e catálogo"),
            st.Page("pages/analisar/dados.py", title="Dados abertos"),
            # Opened from a value, which it needs.
            st.Page("pages/analisar/passaporte.py", title="Passaporte do número", visibility="hidden"),
        ],
        "Programa": [
            st.Page("pages/programa/enviar.py", title="Enviar plano"),
            st.Page("pages/programa/atualizar.py", title="Atualizar entrega"),
            st.Page("pages/programa/fila.py", title="Fila"),
            st.Page("pages/programa/programa.py", title="Avisos e pessoas"),
        ],
    }
    return {"Programa": menu.pop("Programa"), **menu} if desk.token() else menu


def main() -> None:
    """Draw one run."""
    if accounts.arrived():
        return
    page = screens.frame(pages)
    if page is not None:
        page.run()


if __name__ == "__main__":
    main()
else:
    from starlette.middleware import Middleware

    from dashboard.screens import entrance, readiness
    from dashboard.screens.framework import (
        answers_are_packed_lightly,
        answers_go_at_once,
        files_have_any_size,
        pages_are_declared,
    )
    from dashboard.screens.serving import InPortuguese
    from dashboard.screens.uploads import Bounded

    pages_are_declared()
    files_have_any_size()
    answers_go_at_once()
    answers_are_packed_lightly()
    app = st.App(
        __file__,
        on_script_error=screens.failed,
        routes=[*entrance.routes(), *readiness.routes()],
        middleware=[Middleware(InPortuguese), Middleware(Bounded)],
    )
