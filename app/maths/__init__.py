"""Mathematics in the texts of logs: LaTeX found (`spans`), turned into a tree of MathML (`mathml`), put into HTML
(`written`), and drawn in the browser (`drawing`). Nothing of a log is trusted on the way: no macro is expanded, and
what isn't on the list of elements doesn't arrive."""
