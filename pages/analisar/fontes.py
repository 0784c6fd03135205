"""May I trust this? Every source with its freshness, every indicator with its lineage, and the gaps."""

import streamlit as st

from dashboard import controls, summaries

data = controls.tables()
canon = controls.kept(data, "canone", lambda: summaries.canon_rows(data.coverage()))
codes = data.chosen(controls.filtered(data))
controls.heading(controls.eyebrow("Fontes e catálogo", data, codes), summaries.canon_title(canon))
controls.write_link()
controls.note(summaries.build_note(data.manifest, controls.config().programme.name))

controls.section("De onde vêm os números")
today = controls.as_of(data)
controls.listing(
    data, "fontes", "Fontes", lambda: summaries.source_rows(data.sources(), data.rejected(), today)
)
with st.expander("Publicadores, licenças, endereços oficiais e como cada fonte entrou", key="proveniencia"):
    controls.listing(data, "origens", "Proveniência", lambda: summaries.provenance_rows(data.sources()))

controls.section("Os indicadores reconhecidos e o que já temos")
controls.listing(
    data, "cobertura", "Cobertura dos indicadores reconhecidos", lambda: summaries.canon_table(canon)
)

controls.section("Catálogo dos indicadores")
controls.listing(
    data,
    "catalogo",
    "Catálogo dos indicadores",
    lambda: summaries.catalogue_rows(data.coverage(), data.lineage()),
)

controls.section("Linhas recusadas")
if len(data.rejected()):
    controls.sentence("O que não entrou, e por quê. Nada se perde: o arquivo de origem continua como veio.")
    controls.listing(data, "recusadas", "Linhas recusadas", lambda: summaries.rejected_rows(data.rejected()))
else:
    controls.sentence("Nenhuma linha foi recusada nesta construção.")
