"""The processed set as files for other programs: read back by the programs that people use."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import duckdb
import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from frictionless import validate

from pipelines import build, declarations, publishing, schema, series_files
from pipelines.declarations import Config, DeclarationError


@pytest.fixture(scope="module")
def folder(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published files of the repository's data."""
    found = tmp_path_factory.mktemp("published")
    publishing.write(config, found)
    return found


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def tables(config: Config) -> list[str]:
    return sorted(path.stem for path in config.processed.glob("*.parquet"))


def test_every_table_is_there_in_every_form(config: Config, folder: Path) -> None:
    names = {path.name for path in folder.iterdir() if path.is_file()}
    for table in tables(config):
        assert {f"{table}.csv", f"{table}.parquet"} <= names
    assert {"municipalities.geojson", "municipalities.gpkg"} <= names
    with zipfile.ZipFile(folder / publishing.PACKAGE) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == names - {publishing.PACKAGE}
        for name in set(archive.namelist()) - {publishing.DESCRIPTION}:
            assert archive.read(name) == (folder / name).read_bytes()


def test_the_description_inside_the_zip_tells_of_what_is_inside(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(folder / publishing.PACKAGE) as archive:
        archive.extractall(tmp_path)
    described = json.loads((tmp_path / publishing.DESCRIPTION).read_text("utf-8"))
    assert all((tmp_path / item["path"]).is_file() for item in described["resources"])
    outside = json.loads((folder / publishing.DESCRIPTION).read_text("utf-8"))
    left = [item for item in outside["resources"] if item not in described["resources"]]
    assert {item["path"].split("/")[0] for item in left} == {"series", "municipality"}


def test_the_same_build_gives_the_same_bytes(config: Config, folder: Path, tmp_path: Path) -> None:
    publishing.write(config, tmp_path)
    assert fingerprints(tmp_path) == fingerprints(folder)


def test_the_description_is_accepted_by_the_frictionless_validator(folder: Path) -> None:
    report = validate(str(folder / publishing.DESCRIPTION))
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:10]
    published = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix[1:] in publishing.MEDIA
    }
    described = json.loads((folder / publishing.DESCRIPTION).read_text("utf-8"))["resources"]
    assert {item["path"] for item in described} == published - {publishing.DESCRIPTION}
    assert len(report.tasks) == len(described)


def test_the_validator_would_see_a_damaged_table(folder: Path, tmp_path: Path) -> None:
    for name in ("datapackage.json", "sources.csv"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    described = json.loads((tmp_path / "datapackage.json").read_text("utf-8"))
    described["resources"] = [item for item in described["resources"] if item["name"] == "sources"]
    (tmp_path / "datapackage.json").write_text(json.dumps(described), "utf-8")
    assert validate(str(tmp_path / "datapackage.json")).valid
    text = (tmp_path / "sources.csv").read_text("utf-8")
    (tmp_path / "sources.csv").write_text(text.replace("2026-11-22", "22/11/2026", 1), "utf-8")
    found = validate(str(tmp_path / "datapackage.json"))
    assert not found.valid
    assert "type-error" in {row[0] for row in found.flatten(["type"])}


def test_the_description_says_types_units_licences_and_sources(folder: Path, config: Config) -> None:
    described = json.loads((folder / publishing.DESCRIPTION).read_text("utf-8"))
    manifest = build.read_manifest(config)
    assert manifest is not None and described["id"] == manifest["build"]
    assert described["created"] == manifest["built_at"]
    assert len(described["sources"]) == len(declarations.sources())
    assert {item["title"] for item in described["licenses"]} == {
        item.licence for item in declarations.sources().values()
    }
    held = {item["name"]: item for item in described["resources"]}
    fields = {field["name"]: field for field in held["municipalities"]["schema"]["fields"]}
    assert fields["municipality_code"]["type"] == "string" and fields["area_km2"]["unit"] == "km²"
    assert held["values"]["schema"]["primaryKey"] == ["indicator", "municipality_code", "period"]
    for item in described["resources"]:
        data = (folder / item["path"]).read_bytes()
        assert item["bytes"] == len(data) and item["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_the_dictionary_says_what_every_column_is(config: Config, folder: Path) -> None:
    rows = list(csv.DictReader((folder / publishing.DICTIONARY).open(encoding="utf-8")))
    described = {(row["tabela"], row["coluna"]) for row in rows}
    expected = {
        (path.stem, name)
        for path in config.processed.glob("*.parquet")
        for name in pq.read_schema(path).names
        if name != "geometry"
    }
    assert described == expected
    assert all(
        row["descricao"].endswith(".") and row["tipo"] in publishing.TYPE_WORDS.values() for row in rows
    )
    assert set(schema.dictionary()) == set(tables(config))
    titles = {(row["tabela"], row["coluna"]): row["titulo"] for row in rows}
    # One title a column and table, the same for people and for programs, and never the column's name again.
    assert len({(table, title) for (table, _), title in titles.items()}) == len(titles)
    assert all(title and title != column for (_, column), title in titles.items())
    described_for_programs = {
        (resource["name"], field["name"]): field["title"]
        for resource in json.loads((folder / publishing.DESCRIPTION).read_text("utf-8"))["resources"]
        if resource["name"] in schema.dictionary()
        for field in resource["schema"]["fields"]
    }
    assert described_for_programs == titles


def test_pandas_reads_the_csv_as_the_tables_are(config: Config, folder: Path) -> None:
    read = pd.read_csv(
        folder / "values.csv", dtype={"municipality_code": str}, parse_dates=["period"], low_memory=False
    )
    built = pd.read_parquet(config.processed / "values.parquet")
    assert len(read) == len(built)
    assert read["municipality_code"].tolist() == built["municipality_code"].tolist()
    assert read["value"].isna().tolist() == built["value"].isna().tolist()
    # Every digit: text to number and back is exact.
    assert read["value"].dropna().tolist() == built["value"].dropna().tolist()
    assert read["period"].dt.date.tolist() == pd.to_datetime(built["period"]).dt.date.tolist()
    assert not (folder / "values.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    (folder / "values.csv").read_text("utf-8")


def test_duckdb_reads_csv_and_parquet_alike(config: Config, folder: Path) -> None:
    with duckdb.connect() as con:
        con.execute("set autoinstall_known_extensions = false")
        for table in tables(config):
            if table == "municipalities":
                continue
            parquet = con.execute(f"select count(*) from '{folder / table}.parquet'").fetchall()
            text = con.execute(
                f"select count(*) from read_csv('{folder / table}.csv', all_varchar = true)"
            ).fetchall()
            assert parquet == text, table
        different = con.execute(
            f"""select count(*) from '{folder}/values.parquet' p join read_csv('{folder}/values.csv',
                types = {{'municipality_code': 'varchar', 'flag': 'varchar'}}) c
                using (indicator, municipality_code, period)
            where p.value is distinct from c.value or p.flag is distinct from c.flag"""
        ).fetchall()
        assert different == [(0,)]


def test_geopandas_reads_the_mesh_in_every_form(config: Config, folder: Path) -> None:
    built = gpd.read_parquet(config.processed / "municipalities.parquet")
    parquet = gpd.read_parquet(folder / "municipalities.parquet")
    package_file = gpd.read_file(folder / "municipalities.gpkg")
    text = gpd.read_file(folder / "municipalities.geojson")
    assert parquet.crs == package_file.crs == built.crs and built.crs.to_epsg() == 4674
    for read in (parquet, package_file, text):
        assert read["municipality_code"].tolist() == built["municipality_code"].tolist()
        assert read["name"].tolist() == built["name"].tolist()
        assert read.geometry.is_valid.all() and read.geometry.notna().all()
        # Seven decimals of a degree are a centimetre.
        far = shapely.hausdorff_distance(read.geometry.to_numpy(), built.geometry.to_numpy())
        assert far.max() < 1e-6


def test_every_file_says_where_it_comes_from(config: Config, folder: Path) -> None:
    manifest = build.read_manifest(config)
    assert manifest is not None
    day = manifest["built_at"][:10]
    for path in folder.glob("*.parquet"):
        said = {key.decode(): text.decode() for key, text in (pq.read_schema(path).metadata or {}).items()}
        assert said["tabelas_construidas_em"] == day and said["construcao"] == manifest["build"], path.name
        assert (
            said["fonte"]
            and said["edicao"]
            and said["titulo"]
            and said["endereco"] == f"dados?tabela={path.stem}"
        )
    text = json.loads((folder / "municipalities.geojson").read_text("utf-8"))
    assert "IBGE" in text["description"] and day in text["description"]
    readme = (folder / publishing.README).read_text("utf-8")
    assert day in readme and all(source.url in readme for source in declarations.sources().values())


def test_publishing_replaces_only_what_is_of_another_build(config: Config, tmp_path: Path) -> None:
    place = tmp_path / "data"
    assert publishing.ensure(config, place)
    before = fingerprints(place)
    assert not publishing.ensure(config, place)
    described = json.loads((place / publishing.DESCRIPTION).read_text("utf-8"))
    (place / publishing.DESCRIPTION).write_text(json.dumps(described | {"id": "other"}), "utf-8")
    (place / "stray.csv").write_text("left over", "utf-8")
    assert publishing.ensure(config, place)
    assert fingerprints(place) == before
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_column_that_nobody_described_stops_publishing(config: Config, tmp_path: Path) -> None:
    other = replace(config, data=tmp_path / "data")
    other.processed.mkdir(parents=True)
    for path in config.processed.iterdir():
        (other.processed / path.name).write_bytes(path.read_bytes())
    frame = pd.read_parquet(other.processed / "lineage.parquet").assign(novidade=1)
    frame.to_parquet(other.processed / "lineage.parquet")
    with pytest.raises(DeclarationError, match="novidade"):
        publishing.publish(other, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_every_indicator_has_its_series_with_what_is_known_of_it_beside_the_values(
    config: Config, folder: Path
) -> None:
    built = pd.read_parquet(config.processed / "values.parquet")
    names = {path.name for path in (folder / "series").iterdir()}
    assert names == {f"{name}.{end}" for name in declarations.indicators() for end in ("csv", "json")}
    for name in ("agua_atendimento", "capag_nota", "homicidios_taxa"):
        own = built[built["indicator"] == name]
        read = pd.read_csv(folder / "series" / f"{name}.csv", dtype={"municipality_code": str})
        told = json.loads((folder / "series" / f"{name}.json").read_text("utf-8"))
        assert (
            list(read.columns) == [column.name for column in series_files.columns()] == list(told["columns"])
        )
        assert read["value"].isna().tolist() == own["value"].isna().tolist()
        assert read["value"].dropna().tolist() == own["value"].dropna().tolist()
        assert [row["value"] for row in told["values"] if row["value"] is not None] == own[
            "value"
        ].dropna().tolist()
        declared = declarations.indicators()[name]
        source = declarations.sources()[declared.source]
        assert (told["title"], told["unit"]) == (declared.title, declared.unit)
        assert (told["source"]["url"], told["source"]["edition"]) == (source.url, source.edition)
        assert told["source"]["licence"] == source.licence and told["csv"] == f"{name}.csv"
    capag = json.loads((folder / "series" / "capag_nota.json").read_text("utf-8"))
    assert {row["category"] for row in capag["values"]} <= {*capag["categories"], None}
    assert all((row["category"] is None) == (row["value"] is None) for row in capag["values"])


def test_every_municipality_has_all_its_series_and_readings(config: Config, folder: Path) -> None:
    built = pd.read_parquet(config.processed / "values.parquet")
    codes = set(built["municipality_code"])
    assert {path.stem for path in (folder / "municipality").iterdir()} == codes and len(codes) == 79
    told = json.loads((folder / "municipality" / "5002704.json").read_text("utf-8"))
    assert (told["name"], told["territory"]) == ("Campo Grande", config.territory.name)
    own = built[built["municipality_code"] == "5002704"]
    assert {
        (name, point["period"]): point["value"] for name, item in told["indicators"].items() for point in item["values"]
    } == {
        (row.indicator, str(row.period)[:10]): None if pd.isna(row.value) else row.value for row in own.itertuples()
    }  # fmt: skip
    verdicts = pd.read_parquet(config.processed / "verdicts.parquet")
    mine = verdicts[verdicts["municipality_code"] == "5002704"]
    assert sorted((r["plan"], r["indicator"], r["status"]) for r in told["readings"]) == sorted(
        mine[["plan", "indicator", "status"]].itertuples(index=False, name=None)
    )


def test_no_text_of_a_series_runs_as_a_formula(config: Config, tmp_path: Path) -> None:
    """A name and an edition that a publisher might write, in every CSV of one series."""
    other = replace(config, data=tmp_path / "data")
    shutil.copytree(config.processed, other.processed)
    for table, column in (("values", "edition"), ("municipalities", "name")):
        path = other.processed / f"{table}.parquet"
        held = pq.read_table(path)
        place = held.column_names.index(column)
        cells = pa.array(["=cmd|' /C calc'!A0"] * held.num_rows)
        pq.write_table(held.set_column(place, column, cells), path)
    out = tmp_path / "out"
    out.mkdir()
    with duckdb.connect() as con:
        for path in other.processed.glob("*.parquet"):
            con.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
        list(series_files.write(con, other, build.read_manifest(other) or {}, out))
    rows = list(csv.DictReader((out / "series" / "idhm.csv").open(encoding="utf-8")))
    assert rows and all(row[name] == "'=cmd|' /C calc'!A0" for row in rows for name in ("edition", "name"))


def test_what_killed_builds_left_goes_when_nobody_can_be_working_on_it(
    copied: Config, tmp_path: Path
) -> None:
    place = tmp_path / "static" / "data"
    # A build of this hour may be alive.
    alive = [copied.data / ".build-alive", place.parent / ".data-alive"]
    dead = [copied.data / ".build-dead", place.parent / ".data-dead"]
    for folder in (*alive, *dead):
        folder.mkdir(parents=True)
    for folder in dead:
        os.utime(folder, (0, 0))
    publishing.build(copied, place=place)
    assert [*copied.data.glob(".build-*"), *place.parent.glob(".data-*")] == alive


def test_tables_whose_files_cannot_be_published_do_not_come_in(
    copied: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "static" / "data"
    before = publishing.build(copied, place=place)

    def fail(*_: object) -> None:
        raise declarations.DeclarationError("coluna")

    monkeypatch.setattr(publishing, "write", fail)
    with pytest.raises(declarations.DeclarationError):
        publishing.build(copied, place=place)
    assert build.read_manifest(copied) == before
    assert (publishing.published(place) or {})["id"] == before["build"]
    assert [path.name for path in place.parent.iterdir()] == ["data"]
