"""Where are the files behind the pages, and which line reads each of them in another program?"""

from dashboard import controls, package

data = controls.tables()
base = controls.served(package.SERVED)
described = controls.published()
files = package.files(described, base)
titles = dict(zip(files["table"], files["title"], strict=True))
table = controls.wanted_option("tabela", titles, "values")
controls.heading(
    controls.eyebrow("Dados abertos", data, data.chosen(controls.filtered(data))), package.title(files)
)
controls.sentence(
    "Os endereços não mudam: cada construção das tabelas troca os arquivos de uma vez só. O código do município é "
    "texto de 7 dígitos, e célula vazia é dado que falta, nunca zero."
)
controls.html(package.others_markup(base, controls.published_size()))

controls.section("As tabelas")
controls.html(package.markup(files))

controls.section("Ler em outro programa")
with controls.controls_row():
    controls.option_choice("Tabela", "tabela", titles, "values")
    controls.link_button()
controls.write_link("tabela")
for tool, line, advice in package.lines(package.addresses(files, table)):
    controls.section(tool, 3)
    controls.copyable(line)
    controls.note(advice)
