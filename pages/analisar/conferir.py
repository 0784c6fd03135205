"""Is my file good? Faults and doubts of a plan, before it is sent; nothing is stored."""

from __future__ import annotations

import streamlit as st

from dashboard import screens
from dashboard.screens import installation, session

SENT = "plano-enviado"

data = installation.tables()
screens.heading("Conferir plano", "Confira o arquivo do plano antes de enviar")
session.write_link()
screens.sentence(
    "Três passos: baixe o modelo, preencha as abas e solte o arquivo aqui. O arquivo é lido e esquecido: nada fica guardado."
)
left, right = st.columns(2, gap="medium")
with left:
    screens.template_button(data)
with right:
    st.file_uploader("Arquivo do plano (XLSX, até 2 MB)", type=["xlsx"], key=SENT)
screens.sent_plan(SENT, data)
