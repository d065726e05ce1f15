"""Web: the pages, rendered by Python: HTML, one stylesheet and a little script each.

Now: the report of a drill or an incident, one file that shows everything it says and makes no
request (`report/`). `texts.py` is the catalogue of words, `tokens.py` the colours, `numbers.py` the
way from integers to text, `pages.py` the one place where templates and their policy of content are
put together, `charts/` the pictures. This room must not know how an order matches, where a journal
lies or how a repair is computed: it gets figures and shows them, and it computes again whatever can
be computed from them (sums, differences, shares). Start with `report/figures.py`, what a report
shows, then `report/page.py`, how.
"""

from seawall.web.report import Report, render, report_fault

__all__ = ["Report", "render", "report_fault"]
