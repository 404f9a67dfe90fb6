"""What goes out of runs: tables of nodes and trees, and sets to train models with. docs/formats.md describes them."""

from engine.exports.examples import SETS
from engine.exports.filters import Filters, Report, shares
from engine.exports.plain import write_plain
from engine.exports.sets import write_set
from engine.exports.tables import TABLES, write_table

__all__ = ["SETS", "TABLES", "Filters", "Report", "shares", "write_plain", "write_set", "write_table"]
