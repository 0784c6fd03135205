"""The reasons of a verdict in words, with numbers as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal

from pipelines.verdicts.methods import POOLED_YEARS, finite
from pipelines.verdicts.targets import CATEGORY, OPERATOR_LABELS, STATUS_LABELS, Observation, Target
from pipelines.verdicts.units import MONEY, PERCENT, UNSAID, none_of, sign, singular

# Enough digits for any float: the usual 28 refuse large ones.
_EXACT = Context(prec=700)


def rounded(value: float, decimals: int, low: float | None = None, high: float | None = None) -> Decimal:
    """A number as it is shown: a half goes away from zero, on the decimal that a reader would write.

    `low`, `high`: the ends of what is possible. A value short of an end is never rounded up to it: 99.98 of 100
    is not "all", nor 0.02 "none".

    >>> [str(rounded(value, 1, 0, 100)) for value in (76.05, 99.98, 100, 0.02, 0)]
    ['76.1', '99.9', '100.0', '0.1', '0.0']
    """
    step = Decimal(1).scaleb(-decimals)
    found = Decimal(repr(float(value))).quantize(step, ROUND_HALF_UP, _EXACT)
    if high is not None and value < high <= found:
        found -= step
    elif low is not None and value > low >= found:
        found += step
    # A negative rounded away is no negative.
    return found or abs(found)


# Up to these a float's own digits are exact, and so is how Python formats it.
_FINEST, _LARGEST = 6, 1e9


def _formats(value: float, decimals: int) -> bool:
    """Whether Python's own format writes a number as `rounded` does, ten times as fast.

    It does but for a half, which Python sends to the even digit, and for what it writes with an exponent.
    """
    if not (0 <= decimals <= _FINEST and -_LARGEST < value < _LARGEST):
        return False
    digits = repr(value)
    if "e" in digits:
        return False
    return not (digits[-1] == "5" and len(digits) - digits.index(".") == decimals + 2)


def _written(value: float, decimals: int, grouped: str = "") -> str:
    """As `rounded`, in digits; `grouped`: the sign between thousands."""
    value = float(value)
    if not _formats(value, decimals):
        return f"{rounded(value, decimals):{grouped}f}"
    shown = f"{value:{grouped}.{decimals}f}"
    # A negative rounded away is no negative.
    return shown[1:] if shown[0] == "-" and not shown.strip("-0.") else shown


# Decimals beyond an indicator's own that may be printed to part a value from its line.
_FINER = 3


def parting(value: float, decimals: int, *lines: float | None) -> int:
    """How many decimals a value needs so that it prints apart from every line that it does not stand on.

    94.99 of at most 95 is within, and reads "95,0%" with one decimal: whoever reads the two together reads a
    contradiction. At most `_FINER` decimals more than asked.

    >>> parting(94.99, 1, 95.0, 85.0), parting(95.0, 1, 95.0), parting(94.2, 1, 95.0)
    (2, 1, 1)
    """
    others = [line for line in lines if line is not None and line != value]
    if not others:
        return decimals
    for more in range(_FINER):
        shown = _written(value, decimals + more)
        if all(shown != _written(line, decimals + more) for line in others):
            return decimals + more
    return decimals + _FINER


def apart(one: float | None, other: float | None, decimals: int) -> int:
    """How many decimals two rates need: one more than asked where they differ and would print alike.

    >>> apart(0.05, 0.13, 1), apart(0.1, 0.1001, 1), apart(0.1, 0.3, 1), apart(None, 0.3, 1)
    (2, 1, 1, 1)
    """
    first, second = finite(one), finite(other)
    if first is None or second is None or rounded(first, decimals) != rounded(second, decimals):
        return decimals
    return decimals + (rounded(first, decimals + 1) != rounded(second, decimals + 1))


def pt_number(value: float, decimals: int = 1) -> str:
    """A number as Portuguese writes it, with a true minus.

    >>> pt_number(1234.5), pt_number(-0.04), pt_number(7, 0), pt_number(-56, 0)
    ('1.234,5', '0,0', '7', '\u221256')
    """
    return _written(value, decimals, ",").translate(_PORTUGUESE)


_PORTUGUESE = str.maketrans(",.-", ".,\u2212")


# What several targets ask that do not ask the same.
SEVERAL = "several"
# What the two statuses of a limit are called where it is a floor or a ceiling, and those of a category.
_FLOOR = {"within": "Mínimo alcançado", "outside": "Abaixo do mínimo"}
_CEILING = {"within": "Máximo respeitado", "outside": "Acima do máximo"}


_GRADES = {"within": "Entre as aceitas", "outside": "Fora das aceitas"}
# Of limits and categories together.
_ANY = {"within": "Dentro do exigido", "outside": "Fora do exigido"}
_WORDS = {">=": _FLOOR, ">": _FLOOR, "<=": _CEILING, "<": _CEILING, CATEGORY: _GRADES, SEVERAL: _ANY}
_WARNED = frozenset({"alert", "prudential"})


def status_word(status: str, demand: str | None = None, among: Iterable[str | None] = ()) -> str:
    """The word of a status; of a limit's and a category's, by what its target asks (`Target.demand`, `only_demand`).

    `among`: the statuses that are counted beside it. What is in alert is inside its bound too, so that where both are
    counted the other part says that it is without alert.

    >>> status_word("outside", ">="), status_word("outside", "<="), status_word("outside"), status_word("on_track", ">=")
    ('Abaixo do mínimo', 'Acima do máximo', 'Fora do limite', 'No ritmo')
    >>> status_word("outside", CATEGORY), status_word("within", "<", ["within", "alert"])
    ('Fora das aceitas', 'Máximo respeitado, sem alerta')
    """
    word = _WORDS.get(demand or "", {}).get(status, STATUS_LABELS[status])
    return f"{word}, sem alerta" if status == "within" and not _WARNED.isdisjoint(among) else word


def only_demand(statuses: Iterable[str | None], demands: Iterable[str | None]) -> str | None:
    """What all the limits and categories among some readings ask; None where they have several operators, or none.

    >>> only_demand(["outside", "within", "on_track"], [">=", ">=", "<="]), only_demand(["within"] * 2, [">=", "<="])
    ('>=', None)
    >>> only_demand(["within"] * 2, [">=", CATEGORY])
    'several'
    """
    held = {demand for status, demand in zip(statuses, demands, strict=True) if status in _FLOOR}
    if len(held) == 1:
        return held.pop()
    return SEVERAL if CATEGORY in held else None


def nothing_published(since: int | None) -> str:
    """That no value is there; `since`: the baseline's year, where something was known until then."""
    return "Nenhum dado publicado" + (f" depois de {since}." if since is not None else ".")


def nothing_in_time(since: int | None, deadline: int | None) -> str:
    """That the deadline passed with no value between the baseline and it."""
    known = f" depois de {since} e" if since is not None else ""
    return f"Prazo vencido sem dado do ano: nada publicado{known} até {deadline}."


def unpublished_base(year: int, first: int) -> str:
    """That a reading starts from a figure of the plan alone; `first`: the first year published."""
    since = f"; a série começa em {first}" if year < first else ""
    return f" O valor de base é o do plano: não há valor publicado de {year}{since}."


class Texts:
    """Sentences with numbers in the indicator's decimals."""

    def __init__(self, target: Target) -> None:
        self.decimals = target.decimals
        self.unit, self.sign = target.unit, sign(target.unit)
        self.ends = target.range_low, target.range_high
        self.milestones = target.milestones
        self.steps_of = target.steps_of

    def value(self, value: float | None, *lines: float | None) -> str:
        """A value with its unit where that is a sign; `lines`: what it may not print like unless it stands there."""
        if value is None:
            return "n.d."
        decimals = parting(value, self.decimals, *lines)
        shown = pt_number(self._inside(value, decimals), decimals)
        if self.sign == PERCENT:
            return f"{shown}%"
        return f"R$ {shown}" if self.sign == MONEY else shown

    def _inside(self, value: float, decimals: int) -> float:
        """A value that is printed as it is; a decimal off where it would be rounded up to an end of what is possible."""
        low, high = self.ends
        step = 10.0**-decimals
        # No rounding goes as far as a step of the last decimal.
        if (high is None or value + step < high or value >= high) and (
            low is None or value - step > low or value <= low
        ):
            return value
        shown = float(_written(value, decimals))
        if (high is not None and value < high <= shown) or (low is not None and value > low >= shown):
            return float(rounded(value, decimals, low, high))
        return value

    def difference(self, value: float, *, fine: bool = True) -> str:
        """A difference of two values, one decimal finer than they are unless told: `0,03 p.p.`."""
        shown = pt_number(value, self.decimals + fine)
        return f"{shown} p.p." if self.sign == PERCENT else f"R$ {shown}" if self.sign == MONEY else shown

    def measured(self, value: float, *lines: float | None) -> str:
        """A value with its unit, sign or noun, told apart from `lines`: `54,0%`, `2 pendências`."""
        shown = self.value(value, *lines)
        if self.unit in UNSAID or self.sign:
            return shown
        return f"{shown} {singular(self.unit) if rounded(value, self.decimals) == 1 else self.unit}"

    def when(self, latest: Observation) -> str:
        """The year of a value, or the day where it is the picture of a day."""
        day = latest.period
        return str(latest.year) if day is None or (day.month, day.day) == (12, 31) else f"{day:%d/%m/%Y}"

    def demand(self, operator: str, bound: float) -> tuple[str, str, str]:
        """What a bound demands, what it is to have kept it, and its name."""
        if operator == ">=":
            return f"o mínimo é {self.measured(bound)}", "Alcançou o mínimo", "mínimo"
        if operator == "<=":
            return f"o máximo é {self.measured(bound)}", "Respeitou o máximo", "máximo"
        if operator == "=":
            nothing = none_of(self.unit).partition(" ")[0]
            wanted = nothing if bound == 0 and nothing != "zero" else self.measured(bound)
            return f"o esperado é {wanted}", "Esteve como esperado", "valor esperado"
        return f"precisa ficar {OPERATOR_LABELS[operator]} {self.measured(bound)}", "Cumpriu isso", "limite"

    def warning(self, operator: str, line: float, name: str) -> str:
        """From where a value inside its bound is in alert, or past the prudential limit."""
        if operator in ("<", ">"):
            return f"{name} começa em {self.measured(line)}"
        return f"{name} começa {'abaixo' if operator == '>=' else 'acima'} de {self.measured(line)}"

    def achieved(self, value: float, goal: float, year: int, beyond: int | None) -> str:
        """A goal reached; `beyond`: the baseline's year, where it already was."""
        already = f" Já estava além da meta em {beyond}." if beyond is not None else ""
        return f"{self.value(value, goal)} em {year}, para uma meta de {self.value(goal)}.{already}"

    def missed(self, value: float, goal: float, deadline: int, year: int) -> str:
        """A goal not reached by its deadline; `year`: of the last value until then."""
        if year >= deadline:
            return f"Prazo vencido em {deadline}: ficou em {self.value(value, goal)}; a meta era {self.value(goal)}."
        return (
            f"Prazo vencido sem dado do ano {deadline}: o último valor até ele é de {year}, "
            f"{self.value(value, goal)}; a meta era {self.value(goal)}."
        )

    def later(self, seen: Mapping[int, Observation], deadline: int | None) -> str:
        """The newest value after the deadline, which does not change the verdict."""
        known = [
            year
            for year, observation in seen.items()
            if deadline is not None and year > deadline and observation.value is not None
        ]
        return self.afterwards(max(known), seen[max(known)].value) if known else ""

    def afterwards(self, year: int, value: float | None) -> str:
        """A value after the deadline."""
        return f" Depois do prazo: {self.value(value)} em {year}."

    def pooled(self, base: Observation, latest: Observation) -> str:
        """Says that three years were added up, and what they gave."""
        windows = [
            f"{self.value(end.value)} de {end.year - POOLED_YEARS + 1} a {end.year}" for end in (base, latest)
        ]
        return f"Contagens menores que 20: valores de três anos somados ({windows[0]}; {windows[1]})."

    def on_path(self, year: int, expected: float | None) -> str:
        """What was expected of a year, and by whom: an official yearly target, or a straight line of ours."""
        if year in self.milestones:
            whose = f", de {self.steps_of}," if self.steps_of else " do plano"
            return f"a meta de {year}{whose} era {self.value(expected)}"
        return (
            f"o previsto para {year} era {self.value(expected)}, num caminho em linha reta, traçado por nós"
        )

    def pace(
        self, pace: float, end: tuple[int, float], start: tuple[int | None, float | None], path: str
    ) -> str:
        """What the pace says, in words; `start` and `end` are (year, value), `path` says what was expected."""
        share = pt_number(pace * 100, 0)
        before, now = self.value(start[1]), self.value(end[1])
        if before == now:
            return f"{now} em {start[0]} e em {end[0]}: andou {share}% do caminho; {path}."
        return f"De {before} em {start[0]} para {now} em {end[0]}: andou {share}% do caminho; {path}."

    def moved_away(self, start: tuple[int | None, float | None], end: tuple[int, float]) -> str:
        """A value on the wrong side of its baseline; `start` and `end` are (year, value).

        What prints alike has not moved, whatever its last decimals say.
        """
        before, now = self.value(start[1]), self.value(end[1])
        if before == now:
            return f"O indicador ficou em {now} de {start[0]} a {end[0]}."
        return f"De {start[0]} a {end[0]} o indicador andou no sentido contrário ao da meta: de {before} para {now}."
