"""The report of a drill or an incident: one self-contained HTML file for everybody.

`figures.py` and `repair_figures.py` say what a report shows; whoever played or repaired the day
fills them. `faults.py` refuses what cannot be true. `outcome.py` derives title and lead, `views.py`
the rows, `pictures.py` the pictures, and `page.py` puts them into `templates/report.html`.
"""

from seawall.web.report.faults import report_fault
from seawall.web.report.figures import (
    Day,
    Duration,
    Freeze,
    Measured,
    Moment,
    NamedHash,
    PriceLine,
    Prices,
    Report,
    Reproduction,
    Tick,
    Version,
)
from seawall.web.report.page import render
from seawall.web.report.repair_figures import (
    Accounts,
    Amount,
    FillCounts,
    Open,
    OpenLine,
    Posting,
    Proof,
    Remedy,
    Repair,
    Victim,
    VictimRow,
)

__all__ = [
    "render",
    "report_fault",
    "Report",
    "Accounts",
    "Amount",
    "Day",
    "Duration",
    "FillCounts",
    "Freeze",
    "Measured",
    "Moment",
    "NamedHash",
    "Open",
    "OpenLine",
    "Posting",
    "PriceLine",
    "Prices",
    "Proof",
    "Remedy",
    "Repair",
    "Reproduction",
    "Tick",
    "Version",
    "Victim",
    "VictimRow",
]
