"""May I trust this? Every source with its freshness, every indicator with its lineage, and the gaps."""

from __future__ import annotations

from functools import partial

from dashboard import screens
from dashboard.files import package
from dashboard.findings import catalogue
from dashboard.screens import installation, session
from dashboard.tables import Filter

data = installation.tables()
canon = session.kept(data, "canone", lambda: catalogue.canon_rows(data, data.coverage()), on=())
codes = data.chosen(Filter())
screens.heading(screens.eyebrow("Fontes e catálogo", data, codes), catalogue.canon_title(canon))
session.write_link()
screens.note(catalogue.build_note(data.manifest, installation.config().programme.name))
if late := catalogue.late_note(data.sources(), data.as_of):
    screens.note(late)

today = data.as_of
# Nothing that the link chooses changes what stands here.
listing = partial(screens.listing, data, on=())
list_or = partial(screens.list_or, data, on=())
listing(
    "fontes",
    "Fontes",
    lambda: catalogue.source_rows(data, today),
    before=screens.headed("De onde vêm os números"),
)
if opened := screens.folded(
    "Publicadores, licenças, endereços oficiais e como cada fonte entrou", "proveniencia"
):
    with opened:
        listing("origens", "Proveniência", lambda: catalogue.provenance_rows(data.sources()))

screens.section(
    "Edições, revisões e retiradas",
    text="O que chegou, o que uma edição mais nova mudou do que já estava publicado, e o que deixou de constar.",
)
screens.html(package.feed_markup(screens.published_address()))
list_or(
    "edicoes",
    "O que chegou e o que mudou",
    lambda: catalogue.event_rows(data),
    "Ainda não chegou edição nova: todas as fontes estão como na cópia incluída.",
)
list_or(
    "revisoes",
    "Valores revistos",
    lambda: catalogue.revision_rows(data),
    "Nenhum valor já publicado foi revisto ou retirado por uma edição mais nova.",
)

listing(
    "cobertura",
    "Cobertura dos indicadores reconhecidos",
    lambda: catalogue.canon_table(canon),
    before=screens.headed("Os indicadores reconhecidos e o que já temos"),
)
listing(
    "catalogo",
    "Catálogo dos indicadores",
    lambda: catalogue.catalogue_rows(data),
    before=screens.headed("Catálogo dos indicadores"),
)
if len(waiting := catalogue.waiting_plans(data)):
    listing(
        "compromissos-a-coletar",
        "Compromissos oficiais que aguardam coleta",
        lambda: waiting,
        before=screens.headed(
            "Compromissos oficiais que aguardam coleta",
            text="Têm lei e artigo, e ainda nenhum número aqui: ficam fora de todas as contagens até a primeira coleta.",
        ),
    )
if data.rejected().empty:
    screens.section("Linhas recusadas", text="Nenhuma linha foi recusada nesta construção.")
else:
    listing(
        "recusadas",
        "Linhas recusadas",
        lambda: catalogue.rejected_rows(data.rejected()),
        before=screens.headed(
            "Linhas recusadas",
            text="O que não entrou, e por quê. Nada se perde: o arquivo de origem continua como veio.",
        ),
    )
