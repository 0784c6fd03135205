"""The frame of Farol Municipal: tables at hand, menu, municipality in focus; then the page."""

from __future__ import annotations

import streamlit as st

from dashboard import controls
from pipelines import build
from pipelines.declarations import DeclarationError

PAGES = {
    "Ver": [
        st.Page("pages/ver/panorama.py", title="Panorama", default=True),
        st.Page("pages/ver/indicador.py", title="Indicador"),
        st.Page("pages/ver/municipio.py", title="Município"),
    ],
    "Analisar": [
        st.Page("pages/analisar/fontes.py", title="Fontes e catálogo"),
    ],
}


@st.cache_resource(show_spinner=False)
def _checked_on_start(_config_file: str) -> str:
    """Build once per process where the tables are missing or old; what went wrong, or an empty text."""
    config = controls.config()
    if build.is_current(config):
        return ""
    bar = st.progress(0.0, "Construindo as tabelas")
    try:
        build.build(config, tell=lambda share, text: bar.progress(share, text))
    except (build.BuildError, DeclarationError) as error:
        return str(error)
    finally:
        bar.empty()
    return ""


def main() -> None:
    """Draw one run."""
    st.set_page_config(
        page_title=controls.TITLE, page_icon="static/farol.png", layout="wide", initial_sidebar_state=252
    )
    st.logo("static/farol.svg", size="large")
    controls.style()
    fault = _checked_on_start(str(controls.config().file))
    if build.read_manifest(controls.config()) is None:
        st.error(f"Ainda não há tabelas para mostrar. {fault}")
        return
    data = controls.tables()
    controls.read_link(data)
    page = st.navigation(PAGES)
    with st.sidebar:
        controls.municipality_choice(data)
    if fault:
        st.warning(f"A última construção falhou: {fault} Mostramos as tabelas de {data.manifest['built_at'][:10]}.")
    page.run()


main()
