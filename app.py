"""The frame of Farol Municipal: tables at hand, menu, municipality in focus; then the page.

`streamlit run app.py` imports this file to find `app`, the server, and then runs it as a script once per run
of a session.
"""

from __future__ import annotations

import logging
from typing import Any

import streamlit as st

from dashboard import controls, screens, session
from pipelines import build


def pages() -> dict[str, list[Any]]:
    """The menu. A page is one file and one line here; the file's stem is its address."""
    return {
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
            st.Page("pages/analisar/fontes.py", title="Fontes e catálogo"),
            st.Page("pages/analisar/dados.py", title="Dados abertos"),
        ],
    }


def main() -> None:
    """Draw one run."""
    st.set_page_config(
        page_title=session.TITLE, page_icon="static/farol.png", layout="wide", initial_sidebar_state=252
    )
    if not session.embedded():
        st.logo("static/farol.svg", size="large")
    screens.style()
    config = session.config()
    fault = session.checked_tables(str(config.file))
    if build.read_manifest(config) is None:
        st.error(f"Ainda não há tabelas para mostrar. {fault}")
        return
    data = session.tables()
    session.read_link(data)
    page = st.navigation(pages(), position="hidden" if session.embedded() else "sidebar")
    session.choice().page = page.title
    if not session.embedded():
        with st.sidebar:
            controls.municipality_choice(data)
            screens.municipality_sheet(data)
    if fault:
        st.warning(
            f"A última construção falhou: {fault} Mostramos as tabelas de {data.manifest['built_at'][:10]}."
        )
    page.run()


def _told(error: Exception) -> bool:
    """Say in plain words that something failed; the details go to the log, never to the reader."""
    logging.getLogger("farol").error("page failed", exc_info=error)
    st.error(
        "Algo falhou ao montar esta tela. Recarregue a página; se continuar, avise quem mantém o painel."
    )
    return True


if __name__ == "__main__":
    main()
else:
    from streamlit.runtime.pages_manager import PagesManager

    # Streamlit takes any folder named pages/ for its older way of discovering pages until st.navigation has
    # run once, so that the first deep link after a start said "Page not found".
    PagesManager.uses_pages_directory = False
    app = st.App(__file__, on_script_error=_told)
