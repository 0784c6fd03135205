"""What the load's checker expects of a screen is what the dashboard says, also where a series ends without a value."""

from __future__ import annotations

from bench.answers import Facts, says
from dashboard import charts
from dashboard.tables import Tables
from pipelines.declarations import Config


def test_a_series_is_expected_to_say_its_last_value_where_newer_periods_have_none(config: Config) -> None:
    facts, data = Facts(config.processed), Tables(config.processed)
    odd = [pair for pair, end in facts.ends.items() if facts.latest[pair] != end]
    assert len(odd) > 100 and {"sem dado na série", "acima de 100%"} < {facts.ends[pair] for pair in odd}
    for name, code in odd:
        sentence = charts.series(data.series(name, (code,)), data.indicators[name]).sentence
        assert says(sentence, facts.ends[name, code]), (name, code, sentence)


def test_what_only_begins_or_ends_like_the_expected_is_not_it() -> None:
    assert says("subiu para 5,5 em 2015", "5,5") and says("1.205 pessoas", "1.205")
    for said, expected in (("subiu para 5,55", "5,5"), ("15,5", "5,5"), ("−5,5", "5,5"), ("1.205", "205")):
        assert not says(said, expected)
