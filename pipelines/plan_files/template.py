"""The template: its sheets, their columns, and the words that its cells may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines import verdicts
from pipelines.verdicts import KIND_LABELS, OPERATOR_LABELS


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its title, its key in the tables, what may stand in it and how to fill it in.

    `newer`: the column is not in templates handed out earlier, so that a sheet without it is whole.
    """

    title: str
    key: str
    kind: str
    help: str
    example: str = ""
    required: bool = False
    width: int = 16
    newer: bool = False


# Letters of one cell: deliverables as people write them go to 755.
MAX_TEXT = 1000
_LONG = "Até 1.000 letras."

PLAN, TARGETS, MILESTONES, DELIVERABLES = "Plano", "Metas", "Marcos", "Ações e Entregas"
LISTS, EXAMPLE = "Listas", "Exemplo"

PLAN_FIELDS = (
    Column("Identificador", "plan", "id",
           "Nome curto do plano, igual em todas as versões: minúsculas sem acento, números e hífen.",
           "educacao-2026", True),
    Column("Versão", "plan_version", "version",
           "1 no primeiro envio; aumente a cada revisão. A anterior continua guardada.", "1", True),
    Column("Título", "title", "text",
           f"Como o plano aparece nas telas. {_LONG}", "Plano de ação da educação 2026-2028", True),
    Column("Município", "municipality_code", "municipality", "Escolha na lista.", "", True),
    Column("Vale a partir de", "valid_from", "date",
           "Data em que o plano passa a valer, dia/mês/ano.", "01/02/2026", True),
    Column("Base legal", "legal_basis", "text",
           f"Lei, decreto ou ata que aprovou o plano, se houver. {_LONG}", "Ata do comitê gestor de 28/01/2026"),
    Column("Responsável", "responsible", "text",
           f"Quem responde pelo plano; vale onde a meta não disser outro. {_LONG}",
           "Secretaria Municipal de Educação"),
    Column("Demonstração", "origin", "yes_no",
           "Sim só para planos de exemplo, que aparecem marcados.", "não"),
)  # fmt: skip

TARGET_COLUMNS = (
    Column("Desafio", "challenge", "text",
           f"O problema que o município escolheu enfrentar. {_LONG}", "Alfabetizar na idade certa", True, 34),
    Column("Frente", "front", "text",
           f"Área do programa; em branco vale a do indicador. {_LONG}", "Educação", False, 22),
    Column("Indicador", "indicator", "indicator",
           "Escolha na lista; um indicador só pode ter uma meta no plano.", "", True, 44),
    Column("Tipo", "kind", "kind",
           "Meta: chegar a um valor até um ano. Limite: teto ou piso de todo ano. Categoria: notas aceitas.",
           "Meta", True, 12),
    Column("Sentido", "operator", "operator",
           "De que lado da meta é bom ficar; em branco vale o do indicador.", "pelo menos", False, 14),
    Column("Ano de base", "baseline_year", "year",
           "Ano do valor de partida, já publicado.", "2024", False, 12),
    Column("Valor de base", "baseline_value", "number",
           "O valor publicado daquele ano, na unidade do indicador (95, e não 0,95, se for %).",
           "52,4", False, 13),
    Column("Ano da meta", "target_year", "year", "Último ano do prazo.", "2028", False, 12),
    Column("Meta", "target_value", "number",
           "Valor a alcançar, ou o limite, na unidade do indicador.", "70", False, 12),
    Column("Categorias aceitas", "target_categories", "categories",
           "Só no tipo Categoria, separadas por vírgula.", "", False, 20),
    Column("Alerta", "alert_value", "number",
           "Só no tipo Limite: valor em que acende o alerta, antes do prudencial.", "", False, 12),
    Column("Prudencial", "prudential_value", "number",
           "Só no tipo Limite: valor entre o alerta e o limite.", "", False, 12),
    Column("Responsável", "responsible", "text",
           f"Quem responde por esta meta. {_LONG}", "Coordenação de alfabetização", False, 30),
    Column("Base legal", "legal_basis", "text",
           f"Norma que fixa esta meta, se houver. {_LONG}", "Decreto 11.556/2023", False, 30),
)  # fmt: skip

MILESTONE_COLUMNS = (
    Column("Indicador", "indicator", "indicator", "Um indicador da aba Metas, do tipo Meta.", "", True, 44),
    Column("Ano", "year", "year", "Ano entre o de base e o da meta.", "2026", True, 12),
    Column("Valor", "value", "number",
           "Valor esperado naquele ano. Sem marcos, o caminho é uma reta.", "60", True, 12),
)  # fmt: skip

DELIVERABLE_COLUMNS = (
    Column("Código", "deliverable_id", "code", "Sigla única da entrega no plano.", "E1", True, 12),
    Column("Indicador", "indicator", "indicator",
           "O indicador que a entrega deve mover (da aba Metas).", "", True, 44),
    Column("Ação", "action", "text", f"A ação do plano. {_LONG}", "Formação de alfabetizadores", True, 36),
    Column("Entrega", "deliverable", "text",
           f"O que fica pronto, de modo que se possa conferir. {_LONG}", "40 professores formados", True, 36),
    Column("Responsável", "responsible", "text", f"Quem entrega. {_LONG}", "Núcleo pedagógico", False, 26),
    Column("Início", "start", "date", "Dia/mês/ano.", "01/03/2026", False, 13),
    Column("Prazo", "due", "date", "Dia/mês/ano.", "30/06/2026", True, 13),
    Column("Situação", "status", "status", "A fazer, Em andamento, Concluída, Suspensa ou Cancelada.", "Em andamento", True),
    Column("Andamento (%)", "percent", "percent", "De 0 a 100.", "40", False, 14),
    Column("Atualizado em", "updated_at", "date",
           "Última vez que alguém conferiu esta linha.", "15/04/2026", False, 15),
    Column("Motivo", "status_reason", "text",
           f"Por que foi suspensa ou cancelada; nas outras situações deixe em branco. {_LONG}",
           "", False, 36, True),
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A sheet of the template: its CSV file, its columns and how many filled rows it may have."""

    name: str
    file: str
    columns: tuple[Column, ...]
    max_rows: int


SHEETS: Mapping[str, Sheet] = {
    sheet.name: sheet
    for sheet in (
        Sheet(PLAN, "plano.csv", PLAN_FIELDS, 40),
        Sheet(TARGETS, "metas.csv", TARGET_COLUMNS, 100),
        Sheet(MILESTONES, "marcos.csv", MILESTONE_COLUMNS, 1000),
        Sheet(DELIVERABLES, "acoes_e_entregas.csv", DELIVERABLE_COLUMNS, 1000),
    )
}
PLAN_HEADER = ("Campo", "Valor", "Como preencher")

KINDS = {label: kind for kind, label in KIND_LABELS.items()}
OPERATORS = {label: operator for operator, label in OPERATOR_LABELS.items()}
SYMBOLS = {"≥": ">=", "≤": "<=", **{operator: operator for operator in OPERATOR_LABELS}}
STATUSES = {
    verdicts.DELIVERABLE_LABELS[status]: status
    for status in ("to_do", "in_progress", "done", "suspended", "cancelled")
}
YES_NO = {"sim": True, "não": False}
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "kind": KINDS,
    "operator": OPERATORS,
    "status": STATUSES,
    "yes_no": YES_NO,
}
