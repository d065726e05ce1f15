"""Every limit of the core, named once; each is enforced by a reject and tested at it and one
above.
"""

from typing import Final

AMOUNT_MAX: Final = 2**61 - 1  # units of an asset, on any ledger account
NOTIONAL_MAX: Final = 2**60 - 1  # quote units: price_max * quantity_max * unit_value, at listing
ACCOUNT_ID_MAX: Final = 2**31 - 1
ACCOUNT_ID_SYSTEM: Final = ACCOUNT_ID_MAX  # the liquidation engine; nobody can open it
ACCOUNT_ID_ERROR: Final = ACCOUNT_ID_MAX - 1  # house:error, which stands in for others in a repair
INSTRUMENT_ID_MAX: Final = 2**16 - 1
ASSET_ID_MAX: Final = 1_023  # dense: accounts keep a list indexed by asset
SHARD_MAX: Final = 2**8 - 1
SEQ_MAX: Final = 2**43 - 1
ORDERS_PER_ENTRY_MAX: Final = 2**12 - 1  # also trades per entry: ids carry a 12-bit counter
FILLS_PER_ENTRY_MAX: Final = 2_000  # a taker stops here; what is left is cancelled, `fill_limit`
ASSET_SCALE_MAX: Final = 8  # decimal digits below one whole asset
CLIENT_ID_BYTES: Final = 32
TAG_BYTES: Final = 16
CASE_ID_BYTES: Final = 16  # the name of a case of repair
REPAIR_PARTS_MAX: Final = 4_096  # entries that bring the rows of one repair
NAME_BYTES: Final = 32  # assets, instruments
OPEN_ORDERS_PER_ACCOUNT_MAX: Final = 20_000
ALGOS_PER_ACCOUNT_MAX: Final = 200
FIRED_PER_TICK_MAX: Final = 1_000  # fired algo orders; the rest fires in the next tick
LEVER_MAX: Final = 125
INDICES_MAX: Final = 1_024
MIRRORS_MAX: Final = 64
CLIENT_IDS_REMEMBERED_PER_ACCOUNT_MAX: Final = 20_000
CLIENT_ID_MEMORY_MS: Final = 600_000  # an ended order's client id is refused for ten minutes
ENTRY_BYTES_MAX: Final = 512 * 1024
COMMANDS_PER_BATCH_MAX: Final = 4_096
BATCH_BYTES_MAX: Final = 1024 * 1024
TICK_EVENTS_MAX: Final = 5_000  # a tick works in slices; what is left goes on in the next tick
STAMP_AHEAD_MS_MAX: Final = 2_000  # a stamp further ahead of the clock means the venue is paused
VALID_FOR_MS_DEFAULT: Final = 2_000
VALID_FOR_MS_MAX: Final = 60_000
FEE_RATE_E8_MAX: Final = 5_000_000  # 5 %
TIMERS_MAX: Final = 16
PUBLISHERS_MAX: Final = 4_096
SOURCES_MAX: Final = 64
