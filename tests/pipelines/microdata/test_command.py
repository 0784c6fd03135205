"""Records from their files to a raw file in place, by DuckDB: what is counted, what is told, what is refused."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import build, declarations, raw_files
from pipelines.__main__ import main
from pipelines.declarations import ROOT, Config
from pipelines.editions import Shelf
from pipelines.fetching import settling
from pipelines.microdata import command, declaring
from tests.pipelines.microdata import samples
from tests.pipelines.microdata.records import CAGED, SIM, SINASC

CLARA, GRANDE, FIGUEIRAO = "5000203", "5002704", "5003900"
USED = ("datasus_sinasc", "datasus_mortalidade", "mte_caged", raw_files.REGISTRY)
Said = Callable[..., tuple[int, str]]


@pytest.fixture
def place(tmp_path: Path) -> Config:
    for name in USED:
        shutil.copytree(ROOT / "data" / "raw" / name, tmp_path / "data" / "raw" / name)
        shutil.copy(ROOT / "pipelines" / "sources" / f"{name}.toml", tmp_path)
    return replace(declarations.read_config(), data=tmp_path / "data")


@pytest.fixture
def run(
    place: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    monkeypatch.setattr(declarations, "read_config", lambda: place)
    monkeypatch.setattr(command.microdata, "__defaults__", (declaring.HERE, tmp_path))

    def asked(*arguments: object) -> tuple[int, str]:
        status = main(["microdata", *map(str, arguments)])
        told = capsys.readouterr()
        return status, told.out + told.err

    return asked


def everywhere(place: Config, record: Callable[[str], dict[str, str]]) -> list[dict[str, str]]:
    """A record in each municipality of the territory, so that the period is whole."""
    scope = settling.scope_of(place, place.territory.state, place.today())
    return [record(code[:6]) for code in scope.municipalities if code != FIGUEIRAO]


def rows(place: Config, source: str) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["municipality_code"], row["period"]): row for row in settling.on_file(place, source)}


def births(place: Config, folder: Path) -> list[Path]:
    files = samples.write(folder, "nascimentos")
    files[0].write_bytes(
        samples.quoted(
            SINASC,
            [*samples.BIRTHS, *everywhere(place, samples.birth), *[samples.birth(samples.GRANDE)] * 400],
        )
    )
    return files


def test_births_fill_both_sources_and_everything_else_is_told(
    run: Said, place: Config, tmp_path: Path
) -> None:
    before = rows(place, "datasus_mortalidade")
    files = births(place, tmp_path)
    status, said = run("nascimentos", "--records", *files, "--period", "2023")
    assert status == 0, said
    found = rows(place, "datasus_sinasc")
    # By hand: seven of BIRTHS, one of everywhere, two old ones, three of strange lines.
    assert found[CLARA, "2023"] == {
        "municipality_code": CLARA, "period": "2023", "nascidos": "13", "baixo_peso": "2", "prematuros": "3", "prenatal_7mais": "10", "pct_baixo_peso": str(100 * 2 / 13),
        "pct_prematuro": str(100 * 3 / 13), "pct_prenatal_7mais": str(100 * 10 / 13),
    }  # fmt: skip
    # Nobody was born there in records that are whole: none, and a share of nobody is no share.
    assert (
        found[FIGUEIRAO, "2023"]["nascidos"] == "0" == found[FIGUEIRAO, "2023"]["prematuros"]
        and found[FIGUEIRAO, "2023"]["pct_prematuro"] == ""
    )
    # What other copies said of other years stays.
    assert found["500020", "2021"]["nascidos"] == "257" and found["500020", "2021"]["prematuros"] == ""
    deaths = rows(place, "datasus_mortalidade")
    assert deaths[CLARA, "2023"]["nascidos_vivos"] == "13"
    [old] = [row for key, row in before.items() if key in ((CLARA, "2023"), ("500020", "2023"))]
    assert deaths[CLARA, "2023"]["obitos_menores_1_ano"] == old["obitos_menores_1_ano"] != ""
    assert {key for key in before if key[1] != "2023"} <= deaths.keys()
    assert "município de residência ignorado" in said and "  não entram: 3, município" in said
    assert "  não entram: 1, de outro período" in said and "fora do território pedido" in said
    assert "  recusados: 3, DTNASC não é uma data ddmmaaaa (como '2023-03-05')" in said
    assert "  recusados: 2, CODMUNRES não está na lista" in said
    assert "  recusados: 3, linha sem as colunas do cabeçalho" in said
    # Nothing is lost: 18 by hand, 78 places, 400, two old ones, six strange lines.
    assert f"{18 + 78 + 400 + 2 + 6} registros lidos" in said


def test_a_count_is_kept_with_where_it_comes_from(run: Said, place: Config, tmp_path: Path) -> None:
    files = births(place, tmp_path)
    assert run("nascimentos", "--records", *files, "--period", "2023")[0] == 0
    shelf = Shelf(place.raw / "datasus_sinasc")
    first, second = shelf.editions()
    assert first.origin == "snapshot" and second.edition == "registros do Sinasc, 2023"
    *inputs, query = second.answers
    assert [one["url"] for one in inputs] == [path.name for path in files]
    assert all(
        one["sha256"] == raw_files.fingerprint(path.read_bytes())
        for one, path in zip(inputs, files, strict=True)
    )
    text = (ROOT / "pipelines" / "microdata" / "nascimentos.sql").read_bytes()
    assert query["query"] == "nascimentos.sql" and query["query_sha256"] == raw_files.fingerprint(text)
    assert query["engine"].startswith("duckdb ") and query["records"] == "504"
    assert json.loads(query["refused"])["linha sem as colunas do cabeçalho"] == 3
    declared = declarations.read_source(tmp_path / "datasus_sinasc.toml")
    assert (declared.edition, declared.origin, declared.periods) == (
        "registros do Sinasc, 2023",
        "fetched",
        "2021-2023",
    )
    assert declared.rows == len(rows(place, "datasus_sinasc")) and declared.retrieved == place.today()
    assert declared.sha256 == raw_files.fingerprint(
        (place.raw / "datasus_sinasc" / "values.csv").read_bytes()
    )
    # The same records again are no new edition.
    status, said = run("nascimentos", "--records", *files, "--period", "2023")
    assert status == 0 and said.count("sem mudança") == 2 and len(shelf.editions()) == 2


def test_deaths_before_the_first_birthday(run: Said, place: Config, tmp_path: Path) -> None:
    files = samples.write(tmp_path, "obitos")
    files[0].write_bytes(
        samples.quoted(
            SIM, [*samples.DEATHS, *everywhere(place, samples.death), *[samples.death(samples.GRANDE)] * 300]
        )
    )
    status, said = run("obitos", "--records", *files, "--period", "2023")
    assert status == 0, said
    found = rows(place, "datasus_mortalidade")
    # By hand: seven ages below a year, and three strange lines that are records.
    assert found[CLARA, "2023"]["obitos_menores_1_ano"] == "10"
    assert found[GRANDE, "2023"]["obitos_menores_1_ano"] == "1"
    assert found["5000252", "2023"]["obitos_menores_1_ano"] == "0"
    assert found[CLARA, "2023"]["nascidos_vivos"] != ""
    assert "  não entram: 5, idade ignorada" in said and "  não entram: 3, óbito fetal" in said
    assert "  não entram: 1, município de residência ignorado" in said
    assert "  recusados: 2, TIPOBITO não é 1 (fetal) nem 2 (não fetal) (como '3')" in said
    assert "  recusados: 1, CODMUNRES não está na lista" in said


def test_an_excluded_hiring_is_no_dismissal(run: Said, place: Config, tmp_path: Path) -> None:
    files = samples.write(tmp_path, "empregos")
    places = [record["município"] for record in everywhere(place, lambda code: samples.job(place=code))]
    many = [samples.job(month, code) for month in ("202601", "202602") for code in places]
    files[0].write_bytes(
        samples.plain(CAGED, [*samples.MOVEMENTS, *many, *[samples.job(place=samples.GRANDE)] * 100])
    )
    status, said = run("empregos", "--records", *files, "--period", "2026-01", "2026-02", "--accept-revision")
    assert status == 0, said
    found = rows(place, "mte_caged")
    # Two and one of everywhere less the excluded one; one in time and one late.
    assert found[CLARA, "2026-01"] == {
        "municipality_code": CLARA, "period": "2026-01", "Admissões": "2", "Demissões": "-2", "Saldo": "0",
    }  # fmt: skip
    assert found[CLARA, "2026-02"]["Saldo"] == "2"
    assert found[CLARA, "2026-03"] == {
        "municipality_code": CLARA, "period": "2026-03", "Admissões": "546", "Demissões": "-474", "Saldo": "72",
    }  # fmt: skip
    assert (
        "  não entram: 1, de outro período" in said and "  não entram: 1, município não identificado" in said
    )
    for reason in (
        "competênciamov não é um mês AAAAMM (como '20261')",
        "saldomovimentação não é 1 nem -1 (como '0')",
    ):
        assert f"  recusados: 1, {reason}" in said


def test_the_build_takes_what_was_counted(
    copied: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the registry's neighbours a build is none: this one is of everything, once.
    monkeypatch.setattr(declarations, "read_config", lambda: copied)
    into = tmp_path / "sources"
    shutil.copytree(ROOT / "pipelines" / "sources", into)
    monkeypatch.setattr(command.microdata, "__defaults__", (declaring.HERE, into))
    # About as many as in the year before, or the whole year would be left aside as another unit.
    many = [samples.birth("500025", GESTACAO="4" if number < 10 else "5") for number in range(40)]
    for (code, period), row in rows(copied, "datasus_sinasc").items():
        if period == "2022" and code[:6] != "500025":
            many += [samples.birth(code[:6])] * (int(row["nascidos"]) // 2)
    file = tmp_path / "SINASC_2023.csv"
    file.write_bytes(samples.quoted(SINASC, [*everywhere(copied, samples.birth), *many]))
    assert main(["microdata", "nascimentos", "--records", str(file), "--period", "2023"]) == 0
    known = {
        **declarations.sources(),
        "datasus_sinasc": declarations.read_source(into / "datasus_sinasc.toml"),
    }
    monkeypatch.setattr(declarations, "sources", lambda: known)
    build.build(copied)
    import duckdb

    with duckdb.connect() as con:
        values = con.execute(
            "select value, numerator, denominator from read_parquet(?) where indicator = 'prematuridade' and municipality_code = ? and year = 2023",
            [str(copied.processed / "values.parquet"), "5000252"],
        ).fetchall()
    assert values == [(pytest.approx(100 * 10 / 41), 10, 41)]


BAD: dict[str, tuple[str, bytes, str]] = {
    "column": ("a.csv", samples.quoted(["DTNASC", "PESO"], [{}]), "linha 1: falta a coluna CODMUNRES, GESTACAO, CONSULTAS. O arquivo traz: DTNASC, PESO."),
    "another layout": ("a.csv", samples.plain(CAGED, [samples.job()]), "falta a coluna CODMUNRES"),
    "separator": ("a.csv", samples.quoted(SINASC, [samples.birth()]).replace(b";", b"|"), "separadas por barra, e não por ponto e vírgula"),
    "comma": ("a.csv", samples.quoted(SINASC, [samples.birth()]).replace(b";", b","), "separadas por vírgula"),
    "cut gzip": ("a.csv.gz", gzip.compress(samples.quoted(SINASC, [samples.birth()] * 500))[:-40], "não é um gzip inteiro"),
    "no gzip": ("a.csv.gz", samples.quoted(SINASC, [samples.birth()]), "não é um gzip inteiro"),
    "empty": ("a.csv", b"", "o arquivo está vazio"),
    "empty gzip": ("a.csv.gz", gzip.compress(b""), "o arquivo está vazio"),
    "header alone": ("a.csv", samples.quoted(SINASC, []), "só tem o cabeçalho"),
    "null bytes": ("a.csv", b"CODMUNRES\0;DTNASC\n1\n", "bytes nulos"),
    "no parquet": ("a.parquet", b"PAR1 and no more", "não é um Parquet inteiro"),
    "packed": ("a.dbc", b"x", "Converta-o antes para CSV ou Parquet: em R, com read.dbc"),
    "zip": ("a.zip", b"x", "Descompacte-o antes"),
    "unknown": ("a.doc", b"x", "não se sabe o que é"),
    "twice the column": ("a.csv", samples.quoted([*SINASC, "dtnasc"], [samples.birth()]), "a coluna DTNASC aparece duas vezes"),
    "other dates": ("a.csv", samples.quoted(SINASC, [samples.birth(day="2023-03-05")] * 9), "9 de 9 registros foram recusados; o mais comum: DTNASC não é uma data"),
    "letters": ("a.csv", samples.quoted(SINASC, [samples.birth("Campo Grande")] * 9), "CODMUNRES não está na lista de municípios do IBGE (9 vezes, como 'Campo Grande')"),
    "one place": ("a.csv", samples.quoted(SINASC, [samples.birth()] * 9), "De 2023 há registros em 1 dos 79 municípios pedidos"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_get_a_sentence_and_change_nothing(
    kind: str, run: Said, place: Config, tmp_path: Path
) -> None:
    name, data, told = BAD[kind]
    (tmp_path / name).write_bytes(data)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    status, said = run("nascimentos", "--records", tmp_path / name, "--period", "2023")
    assert status == 1 and said.startswith("Não foi possível: ") and told in said, said
    assert "Traceback" not in said
    after = {
        path: path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != ".fetch.lock"
    }
    assert before == after


def test_what_is_asked_wrongly_is_told(run: Said, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(samples.quoted(SINASC, [samples.birth()]))
    (tmp_path / "b.csv").write_bytes(samples.quoted(SINASC, [samples.birth()]))
    good = ("nascimentos", "--records", tmp_path / "a.csv", "--period", "2023")
    for arguments, told in (
        (("partos", *good[1:]), "O que se conta: empregos, nascimentos, obitos."),
        ((*good[:4], "2023-01"), "os períodos de nascimentos se escrevem AAAA."),
        ((*good, "--state", "XX"), "'XX' não é um estado"),
        ((*good, "--engine", "spark"), "diga onde ele está, com --master"),
        ((*good, "--master", "spark://a:7077"), "Acrescente --engine spark"),
        ((*good, "--option", "threads"), "escreva NOME=VALOR"),
        ((*good, "--option", "fios=2"), "o DuckDB não tem essa opção"),
        ((*good, "--option", "memory_limit=muita"), "--option memory_limit=muita"),
        (("nascimentos", "--records", tmp_path / "c.csv", "--period", "2023"), "c.csv: o arquivo não existe"),
        (("nascimentos", "--records", tmp_path / "a.csv", tmp_path / "a.csv", "--period", "2023"), "foi dado duas vezes"),
        (("nascimentos", "--records", tmp_path / "a.csv", tmp_path / "b.csv", "--period", "2023"), "tem o mesmo conteúdo de"),
        (("nascimentos", "--records", tmp_path / "data", "--period", "2023"), "a pasta não tem arquivo de registros"),
    ):  # fmt: skip
        status, said = run(*arguments)
        assert status == 1 and told in said, (arguments, said)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (
            'select "DTNASC" as a,\n    nowhere as b\nfrom records',
            "changed.sql, linha 2: o DuckDB não roda a consulta",
        ),
        ("select municipality_code from codes", "changed.sql: a consulta não dá a coluna period, left_out"),
    ],
)
def test_a_query_that_does_not_run_is_told_before_a_record_is_read(
    query: str, told: str, run: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = samples.with_query("nascimentos", tmp_path, query)
    monkeypatch.setattr(command, "declared", lambda *_: asked)
    status, said = run("nascimentos", "--records", tmp_path / "not-there.csv", "--period", "2023")
    assert status == 1 and told in said and "not-there" not in said, said


def test_an_address_in_a_store_reaches_the_reader(run: Said) -> None:
    status, said = run("nascimentos", "--records", "s3a://registros/SINASC_2023.csv", "--period", "2023")
    assert status == 1 and "s3a://registros/SINASC_2023.csv: " in said
    assert "extensão httpfs" in said or "não pôde ser lido" in said


def test_spark_is_asked_for_by_name_where_it_is_not_there() -> None:
    """In an interpreter that cannot find it, as in the environment of whoever only builds and shows."""
    script = (
        "import sys\nsys.modules['pyspark'] = None\n"
        "from pipelines.microdata.on_spark import OnSpark\nOnSpark('spark://127.0.0.1:7077', {})"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "falta o pacote pyspark. Instale-o: pip install -r requirements-spark.txt" in run.stderr


def test_the_help_loads_nothing_of_it() -> None:
    script = "import sys\nfrom pipelines.__main__ import main\ntry:\n    main(['--help'])\nfinally:\n    print([n for n in ('duckdb', 'pyarrow', 'pyspark', 'sqlglot') if n in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.stdout.splitlines()[-1] == "[]"
