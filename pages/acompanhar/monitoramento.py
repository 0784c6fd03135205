"""What do we discuss today? Readings of all plans, silent plans, what is late, what is due, what changed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import charts, promises, screens
from dashboard.findings import tally, targets
from dashboard.screens import choices, controls, installation, session

data = installation.tables()
demonstration, as_of, theme = session.demonstration(), data.as_of, session.theme()
codes = data.chosen(session.filtered(data))
asked = choices.wanted_plan(data)
view = (codes, demonstration, asked)
found = session.kept(
    data, "leituras", lambda: targets.on_agenda(data, codes, as_of, demonstration, asked), on=view
)
frame, closed, deliverables = found.frame, found.closed, found.deliverables
screens.heading(screens.eyebrow("Monitoramento", data, codes), found.title)
screens.demonstration_banner(demonstration)
with controls.controls_row():
    plan = controls.plan_choice(data)
    controls.filters(data)
    controls.link_button()
    controls.demonstration_choice()
if frame.empty:
    session.write_link("plano", "desde")
    screens.nothing_here()
    st.stop()

for quiet, items in session.kept(data, "figuras", lambda: tally.apart(frame), on=view):
    screens.tiles(items, quiet)
if plan:
    screens.ribbon(data, "metas", frame, "Situação das metas", view)
    screens.plan_map(data, frame, codes, view)
else:
    screens.plan_ribbons(data, "planos", frame, view, before=screens.headed("Como está cada plano"))
    if opened := screens.folded(f"Compromissos encerrados: {closed['title'].nunique()}", "encerrados"):
        with opened:
            screens.plan_ribbons(data, "encerrados", closed, view)

planned = frame.loc[frame["origin"] != "official", "municipality_code"].nunique()
screens.deliveries(
    data,
    deliverables,
    installation.config().programme.next_meeting,
    view,
    None if plan else len(codes) - planned,
)
screens.listing(
    data,
    "metas",
    "Metas por urgência",
    lambda: targets.targets_table(data, frame),
    on=(*view, session.address_of("plano", municipio="")),
    before=screens.headed(
        "Metas por urgência",
        quiet=session.kept(data, "ordem", lambda: targets.urgent_note(data, frame), on=view),
    ),
    drawn=lambda: targets.urgent_markup(
        data, frame, theme, lambda code: session.address_of("plano", municipio=code)
    ),
)

screens.every_target(data, frame, view)
screens.section("O que mudou")
since, until = controls.since_choice(data), data.as_of
session.write_link("plano", "desde")
news = session.kept(data, "novas", lambda: targets.news_markup(data, since, until), on=(since,))
screens.html(charts.joined(screens.headed("Fontes novas ou atualizadas", 3), news))


def flips() -> Any:
    """The changes of status since the date."""
    found = data.flips(since.isoformat(), demonstration)
    return found[found["municipality_code"].isin(codes)]


screens.list_or(
    data,
    "mudancas",
    "Mudanças de situação",
    lambda: targets.flips_table(data, flips()),
    targets.no_flips(data, since),
    on=(codes, demonstration, since),
    seen=lambda: targets.flips_words(data, flips()),
)

turned, before = session.kept(data, "promessas", lambda: promises.told(data, codes, since), on=(codes, since))
if turned:
    screens.points("Metas e prazos que os municípios mudaram", turned)
if before and (opened := screens.folded("Metas e prazos mudados antes disso", "mudados", len(before))):
    with opened:
        screens.points("Valem desde antes", before)
screens.section(
    "Levar para a reunião",
    quiet="Uma ficha por município, com sumário, e o boletim do que mudou desde a data acima.",
)
screens.meeting_package(data, codes)
screens.bulletins(data, "", since)
