"""The findings as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from latido.fhir.doctor.findings import Finding, Report

MARKS = {"yes": "✓", "no": "✗", "unknown": "?"}


def lines(report: Report) -> Iterator[str]:
    """One line a finding; below what is missing or unknown, what Latido does then; the verdict last."""
    width = max(len(each.subject) for each in report.findings)
    for each in report.findings:
        yield f"{MARKS[each.verdict]} {each.subject:<{width}}  {_said(each)}".rstrip()
        if each.verdict != "yes" and each.without:
            yield f"  {'':<{width}}  → {each.without}"
    missing = [each.subject for each in report.findings if each.needed and each.verdict == "no"]
    yield ""
    yield f"Latido cannot use this server: {'; '.join(missing)}" if missing else "Latido can use this server."


def _said(finding: Finding) -> str:
    words = {"yes": "supported", "no": "not", "unknown": "unknown"}[finding.verdict]
    return f"{words}: {finding.detail}" if finding.detail else words
