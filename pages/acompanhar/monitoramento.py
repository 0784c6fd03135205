"""What do we discuss today? Readings of all plans, silent plans, what is late, what is due, what changed."""

import streamlit as st

from dashboard import charts, controls, plans

data = controls.tables()
demonstration, as_of, theme = controls.demonstration(), controls.as_of(data), controls.theme()
codes = data.chosen(controls.filtered(data))
frame = data.verdicts(demonstration)
frame = frame[frame["municipality_code"].isin(codes)]
if controls.choice().get("plano"):
    frame = frame[frame["plan"] == controls.choice().get("plano")]
closed = frame[plans.ended(frame, as_of)]
if not controls.choice().get("plano"):
    frame = frame.drop(closed.index)
deliverables = data.deliverables(demonstration)
deliverables = deliverables[deliverables["municipality_code"].isin(codes)]

controls.heading(controls.eyebrow("Monitoramento", data, codes), plans.title(frame))
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
if plan:
    deliverables = deliverables[deliverables["plan"] == plan]

controls.tiles(plans.tiles(frame, deliverables, as_of))
if plan:
    controls.ribbon(frame, "Situação das metas")
    places = data.municipalities().loc[list(codes)].reset_index(drop=True)
    title = frame["title"].iloc[0]
    drawn = charts.status_map(
        plans.map_frame(frame, places),
        title,
        selected=controls.municipality(),
        theme=theme,
        **controls.geometry(data),
    )
    controls.draw(drawn, "mapa", f"{title}: situação em cada município", controls.OWN, data, selects=True)
else:
    controls.section("Como está cada plano")
    for name, group in controls.kept(data, "planos", lambda: plans.by_plan(frame)):
        controls.section(name, 3)
        controls.ribbon(group, name)
    with st.expander(f"Compromissos encerrados: {closed['title'].nunique()}", key="encerrados"):
        for name, group in controls.kept(data, "encerrados", lambda: plans.by_plan(closed)):
            controls.section(name, 3)
            controls.ribbon(group, name)

meeting = controls.config().programme.next_meeting
controls.section("Entregas")
controls.note(controls.meeting_note(meeting, as_of))
if deliverables.empty:
    controls.sentence(
        "Nenhum plano municipal com entregas foi recebido. Envie um pelo modelo, em Conferir plano."
    )
else:
    quiet = plans.silent_table(deliverables)
    controls.list_or(
        quiet, "silenciosos", "Planos sem nenhuma atualização", "Todos os planos já foram atualizados.", data
    )
    late = plans.deliverables_table(plans.overdue(deliverables, as_of), as_of)
    controls.list_or(late, "atrasadas", "Atrasadas", "Nenhuma entrega atrasada.", data)
    soon = plans.deliverables_table(plans.coming(deliverables, as_of, meeting), as_of)
    controls.list_or(
        soon, "proximas", "Vencem antes da reunião", "Nenhuma entrega vence antes da reunião.", data
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
controls.points("Fontes novas ou atualizadas", plans.new_data(data.sources(), since))
flips = data.flips(since.isoformat(), demonstration)
flips = flips[flips["municipality_code"].isin(codes)]
controls.list_or(
    plans.flips_table(flips), "mudancas", "Mudanças de situação", controls.no_flips(data, since), data
)

controls.section("Levar para a reunião")
controls.note("Uma ficha por município, com sumário, e o boletim do que mudou desde a data acima.")
controls.meeting_package(data, codes)
controls.bulletins(data, "", since)
