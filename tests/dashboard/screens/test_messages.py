from __future__ import annotations

import ast

import pytest

from dashboard.screens.messages import JOINER, plain_text
from pipelines.declarations import ROOT

# What Streamlit reads as Markdown: messages, and the labels of what is pressed or opened.
MESSAGES = {"info", "warning", "error", "success", "markdown", "write", "caption", "toast", "title", "header",
            "subheader", "metric", "latex", "exception", "badge"}  # fmt: skip
LABELS = {"button", "download_button", "expander", "popover", "selectbox", "multiselect", "toggle", "checkbox",
          "radio", "text_input", "file_uploader", "progress", "tabs", "pills", "link_button", "page_link",
          "date_input", "slider", "number_input", "segmented_control", "spinner", "status"}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["![x](http://a.b)", "**z** :red[w] :smile:", "$x^2$", "a -> b", "www.a.b", "p@a.b", "# t", "1. um"],
)
def test_a_text_keeps_every_letter(text: str) -> None:
    shown = plain_text(text)
    assert shown.replace("\\", "").replace(JOINER, "") == text
    assert "![" not in shown and "www." not in shown


def test_only_one_door_leads_to_markdown() -> None:
    found = []
    for path in [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")]:
        if path.name == "messages.py":
            continue
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if not (isinstance(call.func.value, ast.Name) and call.func.value.id in {"st", "bar"}):
                continue
            name, given = call.func.attr, call.args[:1]
            given += [keyword.value for keyword in call.keywords if keyword.arg in {"help", "label", "body"}]
            if name == "progress" or (call.func.value.id == "bar" and name == "progress"):
                given = call.args[1:]
            # A label is a constant, passes through the door, or is the parameter `label` of a control of ours,
            # which takes constants.
            constant = all(
                isinstance(one, ast.Constant)
                or (isinstance(one, ast.Call) and "plain_text" in ast.unparse(one.func))
                or ast.unparse(one).split(".")[-1] == "label"
                for one in given
            )
            if name in MESSAGES or (name in LABELS and not constant):
                found.append(f"{path.relative_to(ROOT)}:{call.lineno}: st.{name}({ast.unparse(call)[:80]}")
    assert not found, "\n".join(found)
