"""What past trajectories say, in words."""

from __future__ import annotations

import dataclasses
import re

import pytest

from dashboard.findings import method, reaching, readings
from dashboard.tables import Tables
from pipelines.declarations import Config
from pipelines.verdicts import Target, judge
from tests.dashboard.samples import DEATHS, MARK, MONEY, WATER


@pytest.fixture(scope="module")
def data(config: Config) -> Tables:
    return Tables(config.processed)


def test_what_was_achieved_is_said_towards_the_better_side() -> None:
    said = [reaching.achieved(change, MARK) for change in (0.62, 0.04, 0.0, -0.2)]
    assert said == ["subiu 0,6 ou mais", "não caiu", "não caiu", "não caiu mais de 0,2"]
    assert reaching.achieved(-2.5, DEATHS) == "caiu 2,5\u00a0por mil ou mais"
    assert reaching.achieved(7.4, DEATHS, many=True) == "não subiram mais de 7,4\u00a0por mil"
    assert reaching.achieved(0.6, MARK, many=True) == "subiram 0,6 ou mais"


def test_classes_are_said_with_their_unit_once() -> None:
    near = reaching._Class(212, 6, 74, 4.2, 4.8, None, False)
    assert (
        reaching._trajectories(near, MARK)
        == "212 trajetórias de 6 anos que partiram de 4,2 a 4,8 (em 74 municípios)"
    )
    other = dataclasses.replace(near, low=10.0, high=10.0, band="5 a 10 mil", municipalities=1, years=1)
    assert (
        reaching._trajectories(other, WATER)
        == "212 trajetórias de 1 ano que partiram de 10,0% (em 1 município de 5 a 10 mil habitantes)"
    )
    assert "de R$\u00a04,20 a R$\u00a04,80" in reaching._trajectories(near, MONEY)
    assert "em taxas de três anos somados" in reaching._trajectories(
        dataclasses.replace(near, pooled=True), DEATHS
    )
    assert reaching._kept(9, 212, "unlikely") == "9 mantiveram este ritmo: improvável"
    assert reaching._kept(0, 212, "unlikely") == "nenhuma manteve este ritmo: improvável"
    assert reaching._kept(1, 212, "unlikely") == "1 manteve este ritmo: improvável"


def test_a_card_says_the_class_and_never_a_chance(data: Tables) -> None:
    said = {
        found.target.indicator: reaching.on_card(data, found) for found in readings.each(data, data.verdicts(True))
        if found.origin == "demonstration"
    }  # fmt: skip
    assert re.fullmatch(
        r"Vai dar\? É preciso cair 0,4\Wpor mil por ano\. De \d+ trajetórias de 4 anos que partiram de .* mil, em taxas "
        r"de três anos somados \(em \d+ municípios.*\), \d+ mantiveram este ritmo: (improvável|pouco comum|possível)\. "
        r"É o que outros fizeram, não a chance deste município\.",
        said["mortalidade_infantil"],
    )
    # The deadline is three years off and no trajectory of two has been seen: nothing is said.
    assert said["crianca_alfabetizada_municipal"] == "" and said["vacina_penta"] == ""


def previewed(data: Tables, indicator: str, year: int, value: float, code: str = "5003207") -> list[str]:
    target = Target(
        plan="novo", municipality_code=code, indicator=indicator, kind="goal", baseline_year=2019, baseline_value=5.0,
        target_year=year, target_value=value, better=data.indicators[indicator].better,
    )  # fmt: skip
    observed = data.observations(code, (indicator,))[indicator]
    return reaching.while_setting(
        data, [(target, judge(target, observed, data.as_of, data.grounds(indicator, code)))]
    )


def test_a_target_being_set_hears_what_others_achieved_from_there(data: Tables) -> None:
    [said] = previewed(data, "ideb_anos_iniciais_publica", 2029, 6.5)
    assert re.search(
        r"trajetórias de 4 anos que partiram de 5,3 .* uma em cada dez subiu \d,\d ou mais; metade subiu 0,\d ou mais; "
        r"nove em cada dez .*\. A meta pede subir 0,3 por ano: \d+ mantiveram este ritmo: ",
        said,
    )
    assert previewed(data, "ideb_ensino_medio_publica", 2029, 5.0)[0].endswith(
        "as trajetórias passadas ainda não servem de guia."
    )
    assert "metade do prazo" in previewed(data, "crianca_alfabetizada_municipal", 2030, 95.0)[0]
    assert ".." not in previewed(data, "excesso_peso_0_a_5", 2028, 5.0)[0]
    # Reached already, or over: there is nothing to ask.
    assert previewed(data, "ideb_anos_iniciais_publica", 2029, 5.0) == []
    assert previewed(data, "ideb_anos_iniciais_publica", 2025, 6.0) == []


def test_the_page_of_the_method_has_a_reading_of_each_kind(data: Tables) -> None:
    kinds = [kind for kind, _ in method.examples(data)]
    assert {"Por contagens", "Pela oscilação usual", "Registro oficial", "Fora da validade"} <= set(kinds)
    assert method.swinging(data) == "crianca_alfabetizada_municipal"
    chart = method.oscillation(data, "crianca_alfabetizada_municipal", "light")
    assert chart is not None and len(chart.frame) > 100
    # The changes are against their state's median, so that about half lie on each side.
    rises = (data.swings("crianca_alfabetizada_municipal")["change"] > 0).mean()
    assert 0.4 < rises < 0.55
    fitted = [fit for fit, _ in data.oscillations().values() if fit is not None]
    assert len(method.oscillations(data)) == len(method.oscillations_words(data)) == len(fitted)
    assert "BCG" in method.unfitted(data)
    # Rare cases: the median change of small towns is zero, and one limit for all sizes tells of none.
    assert "homicidios_taxa" in data.flat_oscillations() and data.oscillation("homicidios_taxa") is None
    assert "Não se usa o ajuste de: " in method.unfitted(data)
    assert method.oscillation(data, "vacina_bcg", "light") is method.oscillation(data, "", "light") is None


def test_the_page_tells_of_how_many_goals_the_past_says_anything(data: Tables) -> None:
    rows = data.reach().values()
    guided = sum(row["obstacle"] is None for row in rows)
    assert f"servem de guia em {guided}" in method.reached(data)
    records = method.records(data)
    ideb = records[records["Indicador"] == "Ideb dos anos iniciais, rede pública"].set_index("Duração")
    assert ideb.loc["2 anos", "Serve de guia"] == "sim" and ideb.loc["8 anos", "Serve de guia"] == "não"
