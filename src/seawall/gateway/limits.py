"""Every limit of the gateway, named once."""

from typing import Final

SECOND_NS: Final = 1_000_000_000
DAY_NS: Final = 86_400 * SECOND_NS

# Admission and lanes (record 0016)
QUEUE_AGE_NS_MAX: Final = SECOND_NS // 10  # an older head of lane two sheds what arrives
ANSWER_NS_MAX: Final = 5 * SECOND_NS  # then a command that was sent is answered UNKNOWN
FRESH_SECONDS_MAX: Final = 0.1  # a private read waits no longer for the maps
SWEEP_SECONDS: Final = 0.05  # how often what waits too long is looked for
BATCH_COMMANDS_MAX: Final = 1_024
BATCH_COMMANDS_WITH_CANCELS_WAITING_MAX: Final = 256
ORDERS_QUEUED_MAX: Final = 16_384  # lane two, all accounts
# What verifiably lowers risk is not shed by age: it may use the room above, so many per account.
REDUCES_QUEUED_MAX: Final = 20_480  # lane two, when orders that reduce are counted in
REDUCES_PER_ACCOUNT_MAX: Final = 16  # in flight while others are shed
OPERATIONS_QUEUED_MAX: Final = 4_096  # lane three
# Lane one is bounded by the open orders; cancels that name an order the maps do not know are not.
UNKNOWN_CANCELS_PER_ACCOUNT_MAX: Final = 256

# Account maps. Older orders, fills and rejects are history: the read models have them.
CLIENT_ID_MEMORY_NS: Final = DAY_NS  # a client order id may not be used again sooner
CLIENT_IDS_PER_ACCOUNT_AND_HOUR_MAX: Final = 120_000
CLIENT_IDS_MAX: Final = 2_000_000  # all accounts: about 150 MB; beyond, the oldest hour goes
ENDED_ORDERS_PER_ACCOUNT_MAX: Final = 10_000
ENDED_ORDERS_MAX: Final = 200_000
REJECTIONS_PER_ACCOUNT_MAX: Final = 1_000
REJECTIONS_MAX: Final = 100_000
FILLS_PER_ACCOUNT_MAX: Final = 1_000
FILLS_MAX: Final = 200_000
ENDED_ALGOS_PER_ACCOUNT_MAX: Final = 1_000
ENDED_ALGOS_MAX: Final = 100_000
FUNDING_ROUNDS_MAX: Final = 400  # per swap; older settlements are in the read models
PAGE_MAX: Final = 100

# Signatures
CLOCK_SKEW_MS_MAX: Final = 30_000
BODY_BYTES_MAX: Final = 64 * 1024
TARGET_BYTES_MAX: Final = 8 * 1024
HEADER_BYTES_MAX: Final = 256  # each of the four signing headers

# Rate limits: buckets are forgotten when they are full again
BUCKETS_MAX: Final = 200_000
