"""The API: v5-compatible REST over the gateway's commands and the event-fed maps.

It turns requests into commands and outcomes into the codes that existing clients act on, without
ever guessing: every answer is executed, refused, certainly not accepted, or unknown with a way to
find out. It must not know how a command becomes durable (`gateway`, `journal`), how orders match
(`core`), nor where history is kept (`projections`). It reads no configuration and opens no socket:
`node` gives it `Services` and serves what `create_app` returns. Start reading in `app.py`, then
`entrance.py` (what every request passes), `trade.py` (the hot routes) and `codes.py` (the one table
of errors, from which the reference in the documents is generated).
"""

from seawall.api.app import create_app
from seawall.api.services import Health, History, HistoryQuery, Services

__all__ = ["Health", "History", "HistoryQuery", "Services", "create_app"]
