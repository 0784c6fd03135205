"""How targets are read, in plain words, with examples from the readings of the day."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import charts, words
from dashboard.charts import Chart
from dashboard.charts.frames import Decimals, shown_with
from dashboard.charts.palettes import Theme
from dashboard.findings import readings, tally
from dashboard.tables import Tables
from pipelines import verdicts
from pipelines.verdicts import AT_RISK, FIRM, LIKELY, ON_TRACK, STATUS_LABELS
from pipelines.verdicts.reach import CLASS_WINDOWS, FEWEST_IN_CLASS, FEWEST_STARTS, TRUSTED_COVER

# Inhabitants of the towns for which the usual limit is told.
SIZES = (3_000, 10_000, 100_000)
# Longest trajectories, in years, whose record the page tells.
LONGEST = 10

TITLE = "Toda leitura diz o que o número mostra e quanto se pode concluir dele"


def _share(value: float) -> str:
    return f"{words.trimmed(value * 100)}%"


def sections() -> list[tuple[str, list[str]]]:
    """The method in parts: heading and the points under it."""
    trusted = " a ".join(_share(end) for end in TRUSTED_COVER)
    return [
        (
            "As situações",
            [
                "Uma meta com prazo é lida pelo ritmo: quanto do caminho previsto até o ano do dado já foi andado. "
                f"De {words.number(ON_TRACK, 2)} em diante, {STATUS_LABELS['on_track']}; de "
                f"{words.number(AT_RISK, 2)} a {words.number(ON_TRACK, 2)}, {STATUS_LABELS['at_risk']}; abaixo, "
                f"{STATUS_LABELS['off_track']}.",
                "O caminho sai da linha de base, passa pelas metas anuais oficiais, quando há, e chega à meta. Onde não "
                "há metas anuais, é uma linha reta traçada por nós, e a leitura diz isso.",
                "Um limite ou piso, que vale todo ano, é lido só pelo dado mais recente. Uma categoria, como a nota da "
                "Capag, é lida por estar ou não entre as aceitas.",
                "O fato oficial vem sempre escrito: o valor, a meta e a distância, também quando não há leitura.",
            ],
        ),
        (
            "O que se afirma, e com que força",
            [
                "Toda situação afirma um lado: à frente ou atrás de uma linha. A linha é o valor que decidiu a situação: "
                f"{words.trimmed(ON_TRACK * 100)}% do caminho previsto, a meta, ou o limite.",
                "A força diz qual a probabilidade de o nível verdadeiro estar desse lado: certo com "
                f"{_share(FIRM)} ou mais; provável com {_share(LIKELY)} ou mais; abaixo disso, não dá para dizer.",
                "Onde a fonte publica pessoas ou eventos contados, a força vem das contagens. Onde mede de novo outro grupo "
                "pequeno a cada edição, como os alunos de um ano escolar, vem da oscilação usual de municípios do mesmo "
                "tamanho.",
                "Uma nota, uma conta ou uma pendência é registro oficial: não tem sorteio, e conta como certo.",
                "Títulos, cores e ordem seguem a força: cor cheia para o que é certo ou registro oficial, cor clara com "
                "contorno para o provável, só contorno para o que não dá para dizer.",
            ],
        ),
        (
            "Quando se diz que um município andou para trás",
            [
                f"{STATUS_LABELS['worsening']} pede três coisas: a mudança é grande o bastante para uma decisão, é ao menos "
                "provável que tenha havido queda, e é ao menos provável que o nível esteja atrás da linha.",
                f"Sem isso a leitura é {STATUS_LABELS['off_track']}, e “parado” quando a mudança é miúda.",
                "Quando a mediana do estado andou para o mesmo lado mais da metade do caminho, a leitura diz.",
            ],
        ),
        (
            "Os extremos voltam para o meio",
            [
                "Um valor muito longe dos outros está longe em parte por sorte ou azar, e na edição seguinte costuma voltar. "
                "Por isso a probabilidade é a menor de duas: a do valor como veio e a do valor puxado para a mediana do "
                "estado, tanto mais quanto menor o município.",
            ],
        ),
        (
            "Validade, valores impossíveis e chão que mudou",
            [
                "Cada fonte declara por quanto tempo um dado ainda fala do presente. Vencido o prazo, a meta fica sem dado "
                "novo, com o ano do dado mais recente. Uma meta já encerrada é história e não vence.",
                "O Cauc é lido item a item: um item que venceu depois do retrato não está pendente nem em dia.",
                "Uma proporção acima de 100% fica como veio, desenhada sem preenchimento, e não recebe leitura: o "
                "denominador da fonte está subestimado. Também não recebe leitura o valor que destoa dos outros anos do "
                "município, ou dos outros municípios, mais do que a fonte explica.",
                "Quando a fonte muda o método ou a base de população, os números de antes e de depois não se comparam; se só parte da mudança vem daí, a comparação fica e a tela avisa. "
                "Água e esgoto do SNIS mudaram de base em 2022; os compromissos de 2033 partem do Sinisa de 2023.",
            ],
        ),
        (
            "Vai dar?",
            [
                "À parte da leitura, contamos o que fizeram os municípios que estiveram onde este está: as "
                f"{CLASS_WINDOWS} trajetórias de ponto de partida mais próximo, do mesmo porte quando há "
                f"{FEWEST_IN_CLASS}. A duração é a do prazo ou, na falta, a mais longa que cubra metade dele.",
                f"Elas só servem de guia pelo histórico: a faixa das já encerradas precisa ter acertado de {trusted} "
                f"do que veio depois, conferida em {FEWEST_STARTS} anos de partida ou mais.",
                "É contagem do que outros fizeram. Nunca é a probabilidade deste município.",
            ],
        ),
    ]


# What tells each kind: a column of `Tables.verdicts` and its value.
_EXAMPLES = (
    ("Por contagens", "strength_basis", "counts"),
    ("Pela oscilação usual", "strength_basis", "oscillation"),
    ("Registro oficial", "strength_basis", "register"),
    ("Fora da validade", "cause", "stale"),
    ("Fora do plausível", "cause", "implausible"),
)


def examples(data: Tables) -> list[tuple[str, str]]:
    """One reading of each kind from the official commitments of the day, as pairs of term and text.

    Kinds that no reading has are left out.
    """
    held = tally.ordered(data.verdicts())
    rows = []
    for kind, column, value in _EXAMPLES:
        for found in readings.each(data, held[held[column].eq(value).fillna(False)].head(1)):
            said = f"{readings.situation(found)}. {readings.sentence(found)}"
            rows.append((kind, f"{found.name}, {found.indicator.title}: {said}"))
    return rows


def swinging(data: Tables) -> str:
    """The indicator whose oscillation is drawn: of those fitted, the one with most targets in force; may be empty."""
    fitted = [name for name, (fit, _) in data.oscillations().items() if fit is not None]
    counts = data.verdicts()["indicator"].value_counts()
    asked = sorted(fitted, key=lambda name: -int(counts.get(name, 0)))
    return next((name for name in asked if len(data.swings(name))), "")


def oscillation(data: Tables, indicator: str, theme: Theme) -> Chart | None:
    """The changes of the municipalities against population, between the usual limits; None where none is fitted."""
    fit, _ = data.oscillations().get(indicator, (None, 0))
    return (
        None if fit is None else charts.swings(data.swings(indicator), fit, data.indicators[indicator], theme)
    )


def oscillations(data: Tables) -> pd.DataFrame:
    """Of each indicator whose oscillation is fitted: a, b, k, and the usual limit in towns of three sizes."""
    rows: list[dict[str, Any]] = []
    each: list[int] = []
    for name, (fit, places) in data.oscillations().items():
        if fit is None:
            continue
        indicator = data.indicators[name]
        rows.append(
            {
                "Indicador": indicator.title,
                "Unidade": "p.p." if indicator.sign == verdicts.PERCENT else words.unit_of(indicator),
                **{_limit_head(size): fit.limit(size) for size in SIZES},
                "a": fit.a,
                "b": fit.b,
                "k": fit.k,
                "Mudanças": fit.changes,
                "Municípios": places,
            }
        )
        each.append(indicator.decimals)
    limits: Decimals = {_limit_head(size): each for size in SIZES}
    return shown_with(pd.DataFrame(rows), {**limits, "a": 3, "b": 0, "k": 2})


def _limit_head(size: int) -> str:
    return f"Limite com {words.number(size)} habitantes"


def oscillations_words(data: Tables) -> pd.DataFrame:
    """The same as a reader sees it."""
    rows = []
    for name, (fit, places) in data.oscillations().items():
        if fit is None:
            continue
        indicator = data.indicators[name]
        limits = {
            f"{words.number(size)} hab.": f"±{words.difference(fit.limit(size), indicator, sign=False)}"
            for size in SIZES
        }
        rows.append(
            {
                "Indicador": indicator.title,
                **limits,
                "a": fit.a,
                "b": fit.b,
                "k": fit.k,
                "Mudanças": fit.changes,
                "Municípios": places,
            }
        )
    return shown_with(pd.DataFrame(rows), {"a": 3, "b": 0, "k": 2, "Mudanças": 0, "Municípios": 0})


def unfitted(data: Tables) -> str:
    """The indicators of small groups whose oscillation is not known yet, and how the table is read."""
    flat = data.flat_oscillations()
    none = [name for name, (fit, _) in data.oscillations().items() if fit is None]
    names = [data.indicators[name].short for name in none if name not in flat]
    text = (
        "Os limites em que ficam 95 de cada 100 mudanças, além da mediana do estado, em municípios de três tamanhos. "
        "A variância de uma mudança é a + b ÷ população; o limite é k vezes a raiz dela."
    )
    if flat:
        rare = words.listed([data.indicators[name].short for name in flat])
        text += (
            f" Não se usa o ajuste de: {rare}. São casos raros: em tantos municípios pequenos não houve nenhum em dois "
            "anos seguidos que a mudança mediana é zero, e o limite sairia igual para todos os portes, estreito demais "
            "para os pequenos."
        )
    return f"{text} Ainda não há edições bastantes de: {words.listed(names)}." if names else text


def records(data: Tables) -> pd.DataFrame:
    """The record of past trajectories, by indicator that some plan has a goal for, and by their length."""
    goals = data.with_goals()
    rows = []
    for name, indicator in data.indicators.items():
        if name not in goals:
            continue
        for row in data.records(name, LONGEST).itertuples():
            tested = not words.is_missing(row.share)
            rows.append(
                {
                    "Indicador": indicator.title,
                    "Duração": words.counted(int(row.years), "ano", "anos"),
                    "Trajetórias": words.number(int(row.windows)),
                    "Municípios": words.number(int(row.municipalities)),
                    "Acerto": _share(round(row.share, 3)) if tested else "ainda não se confere",
                    "Anos de partida": words.number(int(row.starts)) if tested else "",
                    "Serve de guia": "sim" if row.trusted else "não",
                }
            )
    return pd.DataFrame(rows)


def reached(data: Tables) -> str:
    """Of how many goals in force the past says anything, and why not of the others."""
    rows = list(data.reach().values())
    guided = sum(row["obstacle"] is None for row in rows)
    short = sum(row["obstacle"] == "too_short" for row in rows)
    goals = words.counted(
        len(rows), "meta em vigor com prazo pela frente e dado", "metas em vigor com prazo pela frente e dado"
    )
    parts = [
        f"as trajetórias passadas servem de guia em {words.number(guided)}"
        if guided
        else "as trajetórias passadas não servem de guia em nenhuma"
    ]
    if short:
        parts.append(f"em {words.number(short)} não há trajetórias de metade do prazo")
    if others := len(rows) - guided - short:
        parts.append(f"em {words.number(others)} elas não acertaram o que veio depois")
    return f"De {goals}, {words.listed(parts)}."


CHANGES = (
    "Toda leitura diz com que força se afirma: certo, provável, não dá para dizer, ou registro oficial.",
    "Em retrocesso só se diz de queda que passa do acaso e é grande o bastante para uma decisão; o resto é Fora do "
    "ritmo ou parado.",
    "Dado fora da validade não sustenta leitura: a dívida de 2018, por exemplo, fica sem dado novo.",
    "O Cauc é lido item a item, pelo nome e pela validade de cada um.",
    "Água e esgoto de 2033 partem do Sinisa de 2023; leituras que atravessam a mudança de base do SNIS em 2022 saíram.",
    "Valores acima de 100% e outros fora do plausível ficam como vieram e não recebem leitura.",
    "Edições novas: alfabetização e Ideb de 2025, mortalidade de 2023 e 2024, entre outras.",
    "Onde as trajetórias passadas servem de guia, o cartão e a conferência do plano contam o que outros municípios fizeram.",
)
