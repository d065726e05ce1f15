"""Which test checks which invariant of the venue: the whole table, so that none is forgotten."""

from __future__ import annotations

from pathlib import Path

LAWS = Path(__file__).resolve().parent
CORE = "../core"
EVERY = ("test_swap_laws.py", "test_every_invariant_holds_after_every_entry")
WITNESS = ("test_swap_laws.py", "test_no_witness_of_swaps_has_a_complaint")
SPOT_WITNESS = ("test_witness.py", "test_no_witness_has_a_complaint")
TWIN = ("test_swap_twin.py", "test_engine_and_twin_tell_the_same_story_of_swaps")
RESTARTS = ("test_swap_replay.py", "test_restarts_at_random_places_change_nothing")
PROMISES = "test_index_promises.py"
LIQUIDATIONS = f"{CORE}/engine/test_liquidations.py"
ADL = f"{CORE}/liquidation/test_fund_and_adl_laws.py"

# invariant: (file, test) of each test that checks it.
INVARIANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "I1": (EVERY, SPOT_WITNESS),
    "I2": (EVERY, SPOT_WITNESS),
    "I3": (EVERY, SPOT_WITNESS),
    "I4": (EVERY, SPOT_WITNESS),
    "I5": (("test_swap_laws.py", "test_there_is_no_kind_of_debt"),),
    "I6": (("test_twin.py", "test_engine_and_twin_tell_the_same_story"),),
    "I7": (EVERY,),
    "I8": (EVERY,),
    "I9": (EVERY, TWIN),
    "I10": (EVERY, TWIN),
    "I11": (EVERY,),
    "I12": (EVERY,),
    "I13": (EVERY,),
    "I14": (EVERY,),
    "I15": (EVERY,),
    "I16": (WITNESS, SPOT_WITNESS),
    "I17": (WITNESS, SPOT_WITNESS),
    "I18": (WITNESS, SPOT_WITNESS),
    "I19": (WITNESS, SPOT_WITNESS),
    "I20": (EVERY, WITNESS),
    "I21": (WITNESS, SPOT_WITNESS),
    "I22": (WITNESS, SPOT_WITNESS),
    "I23": (EVERY, TWIN),
    "I24": (EVERY, TWIN, SPOT_WITNESS),
    "I25": (WITNESS, SPOT_WITNESS),
    "I26": (WITNESS, SPOT_WITNESS),
    "I27": (WITNESS, SPOT_WITNESS),
    "I28": (EVERY, TWIN),
    "I29": (EVERY, (LIQUIDATIONS, "test_a_held_price_counts_nothing")),
    "I30": (
        EVERY,
        (LIQUIDATIONS, "test_the_second_tick_acts_and_a_healthy_one_between_starts_anew"),
    ),
    "I31": ((LIQUIDATIONS, "test_isolated_liquidation_touches_nothing_else"),),
    "I32": (
        EVERY,
        (
            f"{CORE}/liquidation/test_sizing_laws.py",
            "test_takeover_uses_up_the_equity_and_never_more",
        ),
    ),
    "I33": ((LIQUIDATIONS, "test_cascade_stays_within_the_limiter"),),
    "I34": ((ADL, "test_deleveraging_takes_from_the_top_and_leaves_nobody_below_zero"),),
    "I35": (
        (
            f"{CORE}/margin/test_liquidation_price.py",
            "test_more_margin_never_moves_either_price_nearer",
        ),
    ),
    "I36": ((f"{CORE}/margin/test_tiers.py", "test_margin_does_not_jump_at_a_boundary"),),
    "I37": (EVERY,),
    "I38": ((PROMISES, "test_i38_i41_hold_in_every_story"),),
    "I39": ((PROMISES, "test_p3_i39_one_domain_neither_moves_nor_stops_the_index"),),
    "I40": (EVERY,),
    "I41": (EVERY, (PROMISES, "test_i38_i41_hold_in_every_story")),
    "I42": (EVERY,),
    "I43": (RESTARTS, ("test_swap_replay.py", "test_fresh_processes_of_any_hash_seed_agree")),
    "I44": (EVERY,),
    "I45": (("test_exactly_once.py", "test_each_batch_is_applied_exactly_once"),),
    "I47": (("test_swap_laws.py", "test_every_open_order_can_be_cancelled_at_any_time"), TWIN),
    "I49": (("test_swap_replay.py", "test_a_refused_command_changes_nothing"),),
    "I50": (("test_swap_laws.py", "test_what_may_leave_leaves_and_not_a_unit_more"), TWIN),
}

# Not checked here, and why.
OUT_OF_SCOPE = {
    "I46": "repairs do not exist yet",
    "I48": "kill switches do not exist yet; a mass cancel leaves nothing: test_twin",
}


def missing_tests() -> list[str]:
    """Tests that the table names and that are not there."""
    found = []
    for name, tests in INVARIANTS.items():
        for file, test in tests:
            path = LAWS / file
            if not path.exists() or f"def {test}(" not in path.read_text():
                found.append(f"{name}: {file}::{test}")
    return found
