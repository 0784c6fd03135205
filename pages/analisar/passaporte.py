"""Where does this number come from? The published line behind one value, its SQL, its reckoning, and how to cite it."""

from __future__ import annotations

import streamlit as st

from dashboard import screens
from dashboard.screens import choices, controls, installation, session

data = installation.tables()
code = session.municipality()
if not code:
    screens.heading("Passaporte do número", "Escolha um município")
    screens.sentence("Escolha na lista: o passaporte é do valor de um município em um indicador.")
    controls.place_choice(data)
    session.write_link("indicador", "ano")
    st.stop()

indicator = choices.wanted_indicator(data, data.first("indicator"))
year = choices.wanted_year(data, indicator)
period = choices.wanted_period(data, indicator, year)
screens.passport_heading(data, indicator, code, year, period)
with controls.controls_row():
    controls.indicator_choice(data, data.first("indicator"))
    controls.year_choice(data, indicator)
    controls.period_choice(data, indicator, year)
    controls.link_button()
session.write_link("indicador", "ano", "periodo")
screens.passport(data, indicator, code, year, period)
