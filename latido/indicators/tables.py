"""The table of figures (migration 0026)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Float, String, Table, Text

from latido.database import metadata

figures = Table(
    "indicator_figure",
    metadata,
    Column("indicator", Text, primary_key=True),
    Column("month", String(7), primary_key=True, comment="2026-11, local time"),
    Column("part", Text, primary_key=True, comment="the value of its dimension; empty: the whole"),
    Column("of", BigInteger, nullable=False, comment="denominator, or how many were measured"),
    Column("hits", BigInteger, comment="numerator"),
    Column("median", Float(53)),
    Column("p90", Float(53)),
    Column("counted_at", DateTime(timezone=True), nullable=False),
    comment="What was counted for each indicator and month; nobody's own data",
)
