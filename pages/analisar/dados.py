"""Where are the files behind the pages, and which line reads each of them in another program?"""

from __future__ import annotations

from dashboard import charts, screens
from dashboard.files import package
from dashboard.screens import choices, controls, installation, session
from dashboard.tables import Filter

data = installation.tables()
base = screens.published_address()
# By the address too, which is another for who comes by another name of the server.
files = data.remember(("arquivos", base), lambda: package.files(screens.published(), base))
titles = data.remember(
    ("arquivos:nomes", base), lambda: dict(zip(files["table"], files["title"], strict=True))
)
table = choices.wanted_option("tabela", titles, "values")
screens.heading(
    screens.eyebrow("Dados abertos", data, data.chosen(Filter())),
    data.remember(("arquivos:titulo", base), lambda: package.title(files)),
)
screens.sentence(
    "Os endereços não mudam: cada construção das tabelas troca os arquivos de uma vez só. O código do município é "
    "texto de 7 dígitos, e célula vazia é dado que falta, nunca zero."
)
screens.html(
    charts.joined(
        package.others_markup(base, screens.published_size()),
        screens.headed("As tabelas"),
        data.remember(("arquivos:tabela", base), lambda: package.markup(files)),
        screens.headed("Um endereço para cada série e cada município"),
        package.addresses_markup(base),
        package.feed_markup(base),
        screens.headed("Ler em outro programa"),
    )
)
with controls.controls_row():
    controls.option_choice("Tabela", "tabela", titles, "values")
    controls.link_button()
session.write_link("tabela")
lines = data.remember(
    ("arquivos:linhas", base, table), lambda: package.lines(package.addresses(files, table))
)
for tool, line, advice in lines:
    screens.section(tool, 3, quiet=advice)
    screens.copyable(line)
