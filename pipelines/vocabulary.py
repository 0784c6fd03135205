"""The closed lists of words that declarations choose from, with what readers are told of each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

AREAS: Mapping[str, str] = {
    "financas": "Finanças públicas",
    "gestao": "Gestão e planejamento",
    "saude": "Saúde",
    "educacao": "Educação",
    "saneamento": "Saneamento e meio ambiente",
    "seguranca": "Segurança pública",
    "assistencia": "Assistência social",
    "economia": "Economia e trabalho",
    "populacao": "População e contexto",
}

FLAGS: Mapping[str, str] = {
    "not_available": "não disponível na fonte",
    "not_eligible": "não elegível",
    "suppressed": "omitido por sigilo",
    "provisional": "provisório",
    "estimated": "estimado",
    "not_in_existence": "o município ainda não existia",
    "implausible": "fora do plausível, a conferir na fonte",
}
# The flags that stand in place of a value; the others only mark one.
MISSING_FLAGS = frozenset({"not_available", "not_eligible", "suppressed", "not_in_existence"})

# Of a share whose source counts the whole too low at times.
PASSES = "pode_passar_de_100"
CAVEATS: Mapping[str, str] = {
    "agregado_por_terceiros": "Números públicos agregados por terceiros; confira na fonte antes de decidir.",
    "autodeclarado": "Informado pelo próprio município ou prestador.",
    "capacidade": "Mede a capacidade das equipes, que pode passar da população: acima de 100% sobra capacidade.",
    "censitario": "Só é medido nos censos: serve de linha de base, não de acompanhamento anual.",
    "cobertura_parcial": "Nem todos os municípios respondem: quem não respondeu aparece sem dado.",
    "conceito_administrativo": "Conta registros de um serviço, não toda a população.",
    "contexto": "Descreve o contexto do município; não mede o desempenho da prefeitura.",
    "editor_inferido": "O publicador foi inferido pelo formato do relatório.",
    "numeros_pequenos": "Em municípios pequenos o número oscila sozinho; veja o intervalo ou o triênio.",
    PASSES: "Pode passar de 100%: o numerador e o denominador vêm de bases diferentes.",
    "precos_correntes": "Valores em preços correntes, sem descontar a inflação.",
    "preliminar": "O ano mais recente da fonte é preliminar e pode ser revisto por ela.",
    "serie_encerrada": "Série encerrada: a fonte não publica novas edições comparáveis.",
    "zero_nao_comprovado": "Zero pode significar falta de registro, não ausência de ocorrências.",
}

SCOPES: Mapping[str, str] = {
    "immediate_region": "Região imediata",
    "intermediate_region": "Região intermediária",
    "microregion": "Microrregião",
    "mesoregion": "Mesorregião",
    "planning_region": "Região de planejamento",
    "health_region": "Região de saúde",
}

COUNTRY = "BR"

# IBGE's code of each state by its letters.
STATES: Mapping[str, str] = {
    pair[:2]: pair[2:]
    for pair in (
        "RO11", "AC12", "AM13", "RR14", "PA15", "AP16", "TO17", "MA21", "PI22", "CE23", "RN24", "PB25", "PE26", "AL27",
        "SE28", "BA29", "MG31", "ES32", "RJ33", "SP35", "PR41", "SC42", "RS43", "MS50", "MT51", "GO52", "DF53",
    )
}  # fmt: skip


@cache
def states_of(territory: str) -> tuple[str, ...]:
    """IBGE's codes of the states of a territory, as `Territory.state` writes it."""
    return tuple(STATES.values()) if territory == COUNTRY else tuple(territory.split())


# Of a source that has not been collected yet.
AWAITED = "awaited"

# The regions that a municipality is first set beside.
NEAR_SCOPE = "immediate_region"

# Where an indicator may stand out, with how many have room there; 0 for any number.
PROMINENT: Mapping[str, int] = {
    "panorama": 1,  # opens Panorama
    "indicator": 0,  # opens Indicador; the next ones where few municipalities have the first
    "targets": 1,  # opens Metas
    "across": 1,  # Relação, on the horizontal axis
    "up": 1,  # Relação, on the vertical axis
    "choice": 1,  # the map on which a municipality is chosen
    "place": 0,  # the figures at the head of Município
    "series": 1,  # the series of Município where no weak point is sure
    "sheet": 0,  # the printed sheet of a municipality
    "urbanisation": 1,  # a trait by which municipalities are alike
    "gdp_per_capita": 1,  # another
}

# From how long to how long an indicator is measured anew; after a semicolon a declaration may say more.
MONTHLY = "mensal"
PERIODICITIES = frozenset(
    {
        "diária", "semanal", MONTHLY, "bimestral", "trimestral", "quadrimestral", "quadrimestral ou semestral",
        "semestral", "anual", "bienal", "trienal", "quadrienal", "quinquenal", "decenal", "censitária", "eventual",
    }
)  # fmt: skip

# Upper limits and labels of the population bands, smallest first (IBGE's usual classes).
POPULATION_BANDS: tuple[tuple[float, str], ...] = (
    (5_000, "até 5 mil"),
    (10_000, "5 a 10 mil"),
    (20_000, "10 a 20 mil"),
    (50_000, "20 a 50 mil"),
    (100_000, "50 a 100 mil"),
    (500_000, "100 a 500 mil"),
    (float("inf"), "acima de 500 mil"),
)

AGGREGATIONS = frozenset({"sum", "ratio", "median", "distribution", "none"})
