"""What do we discuss today? Readings of all plans, silent plans, what is late, what is due, what changed."""

from typing import Any

import streamlit as st

from dashboard import charts, controls, plans, summaries

data = controls.tables()
demonstration, as_of, theme = controls.demonstration(), controls.as_of(data), controls.theme()
codes = data.chosen(controls.filtered(data))


def current() -> tuple[Any, Any, Any, str, list[summaries.Tile]]:
    """The readings on the agenda, those whose term is over, the deliverables, and what they say together."""
    plan, everything = controls.choice().get("plano"), data.verdicts(demonstration)
    handed = data.deliverables(demonstration)
    everything = everything[everything["municipality_code"].isin(codes)]
    handed = handed[handed["municipality_code"].isin(codes)]
    over = plans.ended(everything, as_of)
    open_ones = everything[everything["plan"] == plan] if plan else everything[~over]
    if plan:
        handed = handed[handed["plan"] == plan]
    found = plans.tiles(open_ones, handed, as_of) if len(open_ones) else []
    return open_ones, everything[over], handed, plans.title(open_ones), found


frame, closed, deliverables, title, tiles = controls.kept(data, "leituras", current)
controls.heading(controls.eyebrow("Monitoramento", data, codes), title)
controls.demonstration_banner(demonstration)
with controls.controls_row():
    plan = controls.plan_choice(data)
    controls.filters(data)
    controls.link_button()
    controls.demonstration_choice()
if frame.empty:
    controls.write_link("plano", "desde")
    controls.nothing_here()
    st.stop()


def status_map() -> charts.Chart:
    """How the plan stands in each municipality."""
    places = data.municipalities().loc[list(codes)].reset_index(drop=True)
    return charts.status_map(
        plans.map_frame(frame, places),
        frame["title"].iloc[0],
        selected=controls.municipality(),
        theme=theme,
        **controls.geometry(data),
    )


controls.tiles(tiles)
if plan:
    controls.ribbon(data, "metas", frame, "Situação das metas")
    name = f"{frame['title'].iloc[0]}: situação em cada município"
    controls.draw(controls.kept(data, "mapa", status_map), "mapa", name, controls.OWN, data, selects=True)
else:
    controls.section("Como está cada plano")
    controls.plan_ribbons(data, "planos", frame)
    with st.expander(f"Compromissos encerrados: {closed['title'].nunique()}", key="encerrados"):
        controls.plan_ribbons(data, "encerrados", closed)

meeting = controls.config().programme.next_meeting
controls.section("Entregas", quiet=controls.meeting_note(meeting, as_of))
if deliverables.empty:
    controls.sentence(
        "Nenhum plano municipal com entregas foi recebido. Envie um pelo modelo, em Conferir plano."
    )
else:
    controls.list_or(
        data,
        "silenciosos",
        "Planos sem nenhuma atualização",
        lambda: plans.silent_table(deliverables),
        "Todos os planos já foram atualizados.",
    )
    controls.list_or(
        data,
        "atrasadas",
        "Atrasadas",
        lambda: plans.deliverables_table(plans.overdue(deliverables, as_of), as_of),
        "Nenhuma entrega atrasada.",
    )
    controls.list_or(
        data,
        "proximas",
        "Vencem antes da reunião",
        lambda: plans.deliverables_table(plans.coming(deliverables, as_of, meeting), as_of),
        "Nenhuma entrega vence antes da reunião.",
    )

controls.section("Metas por urgência")
controls.table(
    controls.kept(data, "urgentes", lambda: plans.urgent_markup(frame, theme)),
    controls.kept(data, "metas", lambda: plans.targets_table(frame)),
    "metas",
    "Metas por urgência",
    controls.OWN,
    data,
)

controls.section("O que mudou")
since = controls.since_choice(data)
controls.write_link("plano", "desde")
controls.points(
    "Fontes novas ou atualizadas",
    controls.kept(data, "novas", lambda: plans.new_data(data.sources(), since)),
)


def flips() -> Any:
    """The changes of status since the date."""
    found = data.flips(since.isoformat(), demonstration)
    return plans.flips_table(found[found["municipality_code"].isin(codes)])


controls.list_or(data, "mudancas", "Mudanças de situação", flips, controls.no_flips(data, since))

controls.section(
    "Levar para a reunião",
    quiet="Uma ficha por município, com sumário, e o boletim do que mudou desde a data acima.",
)
controls.meeting_package(data, codes)
controls.bulletins(data, "", since)
