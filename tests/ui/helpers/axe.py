"""axe-core on what is ours of a page: which rules of accessibility it breaks, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"

# Places of ours that a page may hold, so that JupyterLab's own faults are not taken for ours.
OURS = (
    ".jp-FaasSidebar",
    ".jp-FaasCard",
    ".jp-FaasActivation",
    ".jp-FaasCellDeploy",
    ".jp-FaasSession",
    ".jp-FaasCosts",
    ".jp-FaasPage",
    ".jp-FaasGraph",
    ".jp-FaasHistory",
)

_RUN = """async selectors => {
  const include = selectors
    .flatMap(selector => [...document.querySelectorAll(selector)])
    .filter(one => one.checkVisibility());
  if (include.length === 0) {
    throw new Error(`Nothing is to be seen of ${selectors.join(', ')}`);
  }
  const { violations } = await axe.run({ include }, { resultTypes: ['violations'] });
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(node => ({
      rule: id,
      impact: node.impact ?? impact ?? 'minor',
      node: `${node.target.join(' ')}\\n    ${node.html.slice(0, 300)}`,
      cure: node.failureSummary ?? ''
    }))
  );
}"""


@dataclass(frozen=True)
class Violation:
    rule: str
    impact: str
    node: str
    cure: str

    def __str__(self) -> str:
        return f"{self.impact}: {self.rule}\n  at {self.node}\n  {self.cure}"


def violations(page: Page, *selectors: str) -> list[Violation]:
    """What axe-core holds against the visible nodes of these selectors and all in them."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text())
    # A colour on its way to another is neither; what turns all the time has no end.
    page.wait_for_function(
        "() => document.getAnimations().every(one => one.playState !== 'running'"
        " || one.effect?.getComputedTiming().endTime === Infinity)"
    )
    found: list[dict[str, Any]] = page.evaluate(_RUN, list(selectors or OURS))
    return [Violation(**one) for one in found]
