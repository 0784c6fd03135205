"""May I trust this? Every source with its freshness, every indicator with its lineage, and the gaps."""

import streamlit as st

from dashboard import charts, controls, summaries

data = controls.tables()
canon = summaries.canon_rows(data.coverage())
controls.heading(controls.eyebrow("Fontes e catálogo", data, data.chosen(controls.filtered(data))), summaries.canon_title(canon))
controls.write_link()
controls.note(summaries.build_note(data.manifest, controls.config().programme.name))

controls.section("De onde vêm os números")
frame = summaries.source_rows(data.sources(), data.rejected(), controls.as_of(data))
controls.table(charts.data_table(frame, "Fontes, edições e atualidade"), frame, "fontes", "Fontes", controls.OWN, data)
with st.expander("Publicadores, licenças, endereços oficiais e como cada fonte entrou", key="proveniencia"):
    frame = summaries.provenance_rows(data.sources())
    controls.table(
        charts.data_table(frame.drop(columns="sha256"), "Proveniência"), frame, "origens", "Proveniência", controls.OWN, data
    )

controls.section("Os indicadores reconhecidos e o que já temos")
frame = summaries.canon_table(canon)
controls.table(charts.data_table(frame, "Indicadores reconhecidos"), frame, "canone", "Cobertura", controls.OWN, data)

controls.section("Catálogo dos indicadores")
frame = summaries.catalogue_rows(data.coverage(), data.lineage())
controls.table(charts.data_table(frame, "Indicadores disponíveis"), frame, "catalogo", "Catálogo", controls.OWN, data)

controls.section("Linhas recusadas")
frame = summaries.rejected_rows(data.rejected())
if len(frame):
    controls.sentence("O que não entrou, e por quê. Nada se perde: o arquivo de origem continua como veio.")
    controls.table(charts.data_table(frame, "Linhas recusadas"), frame, "recusadas", "Linhas recusadas", controls.OWN, data)
else:
    controls.sentence("Nenhuma linha foi recusada nesta construção.")
