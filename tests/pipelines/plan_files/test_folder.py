from __future__ import annotations

import csv
from pathlib import Path

from pipelines.plan_files import (
    TARGETS,
)
from tests.pipelines.plan_files.samples import (
    GOOD,
    faults,
    good,
)


class TestFolders:
    def test_comma_and_other_line_ends(self, folder: Path) -> None:
        for path in folder.glob("*.csv"):
            rows = list(csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";"))
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\r\n").writerows(rows)
        assert good(folder, "plano").targets == GOOD.targets

    def test_another_encoding_names_file_and_row(self, folder: Path) -> None:
        path = folder / "metas.csv"
        path.write_bytes(path.read_text("utf-8-sig").encode("latin-1"))
        [fault] = [fault for fault in faults(folder, "plano") if fault.sheet == TARGETS]
        assert "não está em UTF-8" in fault.problem
        path.write_bytes(path.read_bytes().decode("latin-1").encode("utf-16"))
        assert any("não está em UTF-8" in fault.problem for fault in faults(folder, "plano"))

    def test_missing_unknown_and_too_many(self, folder: Path) -> None:
        (folder / "marcos.csv").unlink()
        (folder / "notas.txt").write_text("x")
        with (folder / "metas.csv").open("a", encoding="utf-8") as file:
            file.writelines(f"d{number};;;\n" for number in range(200))
        problems = [fault.problem for fault in faults(folder, "plano")]
        assert "falta o arquivo marcos.csv" in problems
        assert "o arquivo não é do modelo" in problems
        assert any("linhas demais" in problem for problem in problems)

    def test_formulas(self, folder: Path) -> None:
        path = folder / "metas.csv"
        path.write_text(
            path.read_text("utf-8-sig").replace("Desafio;Educação", '"=HYPERLINK(1)";Educação', 1), "utf-8"
        )
        assert any(fault.problem == "é uma fórmula" for fault in faults(folder, "plano"))

    def test_unclosed_quotes(self, folder: Path) -> None:
        path = folder / "marcos.csv"
        path.write_text(path.read_text("utf-8-sig") + '"aberto;2026;1\n', "utf-8")
        assert any("não é um CSV" in fault.problem for fault in faults(folder, "plano"))
