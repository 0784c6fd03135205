"""May I trust this? Every source with its freshness, every indicator with its lineage, and the gaps."""

from __future__ import annotations

from dashboard import screens
from dashboard.findings import catalogue
from dashboard.screens import installation, session
from dashboard.tables import Filter

data = installation.tables()
canon = session.kept(data, "canone", lambda: catalogue.canon_rows(data, data.coverage()))
codes = data.chosen(Filter())
screens.heading(screens.eyebrow("Fontes e catálogo", data, codes), catalogue.canon_title(canon))
session.write_link()
screens.note(catalogue.build_note(data.manifest, installation.config().programme.name))

today = data.as_of
screens.listing(
    data,
    "fontes",
    "Fontes",
    lambda: catalogue.source_rows(data, today),
    on=(today,),
    before=screens.headed("De onde vêm os números"),
)
if opened := screens.folded(
    "Publicadores, licenças, endereços oficiais e como cada fonte entrou", "proveniencia"
):
    with opened:
        screens.listing(
            data, "origens", "Proveniência", lambda: catalogue.provenance_rows(data.sources()), on=()
        )

screens.listing(
    data,
    "cobertura",
    "Cobertura dos indicadores reconhecidos",
    lambda: catalogue.canon_table(canon),
    on=(),
    before=screens.headed("Os indicadores reconhecidos e o que já temos"),
)
screens.listing(
    data,
    "catalogo",
    "Catálogo dos indicadores",
    lambda: catalogue.catalogue_rows(data),
    on=(),
    before=screens.headed("Catálogo dos indicadores"),
)
if data.rejected().empty:
    screens.section("Linhas recusadas", text="Nenhuma linha foi recusada nesta construção.")
else:
    screens.listing(
        data,
        "recusadas",
        "Linhas recusadas",
        lambda: catalogue.rejected_rows(data.rejected()),
        on=(),
        before=screens.headed(
            "Linhas recusadas",
            text="O que não entrou, e por quê. Nada se perde: o arquivo de origem continua como veio.",
        ),
    )
