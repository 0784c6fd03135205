"""WCAG 2.2 AA by axe-core, run inside the page; what Streamlit itself breaks is listed apart."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python

from tests.e2e.reader import Reader

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Rule and the data-testid around the element, where Streamlit draws it and gives no way to mend it: headings
# between the items of the menu's list, and items outside of a list. Upstream, the structure of the page that it
# makes is asked for in https://github.com/streamlit/streamlit/issues/8399; no report is about the menu alone.
STREAMLIT = {
    ("list", "stSidebarNavItems"),
    ("listitem", "stSidebarNavItems"),
}
FIND = """async tags => {
    const found = await axe.run(document, {runOnly: tags, resultTypes: ['violations']});
    return found.violations.flatMap(rule => rule.nodes.map(node => {
        const element = document.querySelector(node.target[node.target.length - 1]);
        const around = element && element.closest('[data-testid]');
        return [rule.id, around ? around.dataset.testid : '', node.html.slice(0, 200), node.failureSummary];
    }));
}"""


def violations(reader: Reader) -> list[str]:
    """What axe-core finds on the page as it stands, one text a fault: rule, element, what is wrong."""
    reader.page.evaluate(AXE.read_text("utf-8"))
    found: list[list[str]] = reader.page.evaluate(FIND, list(RULES))
    return [" | ".join(fault) for fault in found if (fault[0], fault[1]) not in STREAMLIT]
