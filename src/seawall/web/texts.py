"""The catalogue of words: every sentence that a page says, in one place.

Tone: calm, exact, short; the subject first, the active voice, past facts in the past tense, UTC
with seconds, numbers with units. Pages ask for a text by its key (`say`), with facts that are
already text. `banned_words` is the list of what no page says, and why.
"""

from __future__ import annotations

import re
from typing import Final

# What no page says: soft words for hard facts, formulas of regret, guesses, and noise.
BANNED: Final = {
    r"!": "no exclamation",
    r"\bunfortunately\b": "say the fact",
    r"\b(sorry|apolog\w+|regret\w*|inconvenien\w+)\b": "say what was done about it",
    r"\bsome (users|customers|accounts)\b": "say how many of how many",
    r"\bbrief(ly)?\b": "say how long",
    r"\bglitch\w*\b": "say what failed",
    r"\bupgrad\w+\b": "a failure is no upgrade",
    r"\bdegraded\b": "say what works and how well",
    r"\bsomething went wrong\b": "say what is known and what is not",
    r"\bmay experience\b": "say what happens",
    r"\bfunds are safe\b": "show the sum of the corrections",
    r"\broot cause\b": "suspected, observed or proven",
    r"\b(is|are|was|were|been) locked\b": "say what can be done, and until when",
    r"\b(wallet|oracle|symbol|coins?|currency|deal)s?\b": "the glossary has another word",
}

POLICIES: Final = {
    "stand": ("Stand", "Everything is left as it happened; nothing is posted."),
    "compensate": ("Compensate in cash", "All fills stand; victims are paid by a formula."),
    "band": ("Void out of band", "The price alone decides."),
    "cause": ("By cause", "Cause and price decide; the published default."),
    "strict": ("Strict", "Every fill with a wrong cause or a wrong price is void."),
    "rerun": ("Plain rerun", "True prices for bad ones, nothing pinned: known in drills only."),
    "window": ("Full window", "The snapshot before the window, for everybody: never posted."),
}
# Every null test and law of a repair, by the name that its computation has, in words of the page.
CLAIMS: Final = {
    "plain_null_test": "A rerun without edits gives the same state, bit for bit.",
    "pinned_null_test": "A pinned rerun without edits voids nothing and gives the same state.",
    "sums_are_zero": "All differences add up to zero in every asset and every instrument.",
    "positions_mirror_gaps": "Each position differs by its gap, and by nothing else.",
    "untouched_accounts_do_not_differ": "Accounts that nothing touched have no difference.",
    "victims_get_the_best": "Every victim ends with the best of the day, the rerun and cash.",
    "books_are_the_same": "The order books of the repaired world are those of the day.",
    "ledger_is_sound_when_posted": "Posted in a scratch copy, the ledger keeps every law.",
    "posting_gives_what_was_found": "Posted in a scratch copy, it gives exactly what was found.",
    "posted_twice_is_posted_once": "Posting it twice changes nothing.",
    "the_rerun_is_the_clean_day": "With the true prices the rerun is the clean world, bit for bit.",
    "repair_of_a_repair_returns": "A repair of the repair gives back all money and positions.",
    "opened_anew_gives_the_same": "Opened anew with the same edits, the case pays nobody twice.",
    "drops_liquidate_nobody": "Fewer lies harm nobody whom more lies spared; none harm nobody.",
    "a_true_crash_is_left_alone": "A true crash, run again without edits, repairs nothing.",
    "every_receipt_verifies": "Every receipt verifies alone, against one root.",
}
PROOF_STATES: Final = {
    "holds": "holds",
    "fails": "failed",
    "not_computed": "not computed",
}
GROUPS: Final = {
    "users": "Users",
    "house_error": "The operator's bill (house:error)",
    "house": "Fees and other house accounts",
    "insurance": "Insurance fund",
    "system": "Clearing, rounding and other system accounts",
}
FREEZERS: Final = {"detector": "by the detector", "operator": "by an operator"}
MOMENT_KINDS: Final = {
    "fault": "Fault",
    "venue": "Venue",
    "people": "People",
    "repair": "Repair",
}
GRADES: Final = {"suspected": "suspected", "observed": "observed", "proven": "proven"}
OPEN_KINDS: Final = {
    "claims": (
        "claims",
        "claim",
        "Cash that the operator owes for what the rerun would have done and the day did not.",
    ),
    "receivables": (
        "receivables",
        "receivable",
        "What left the venue before the repair and is owed back to the operator.",
    ),
    "orders_not_offered": (
        "orders not offered back",
        "order not offered back",
        "Resting orders that a void had spent and that could not be offered back.",
    ),
}

TEXTS: Final = {
    # The title and the lead.
    "outcome.repaired": "put right to the last unit",
    "outcome.nothing": "and nothing to repair",
    "outcome.failed": "not put right: a proof failed",
    "outcome.posted_failed": "posted, and then a proof failed",
    "outcome.priced": "priced, not yet posted",
    "outcome.stands": "left as it happened",
    "outcome.unexamined": "not yet rerun",
    "chip.repaired": "Repaired",
    "chip.nothing": "Nothing to repair",
    "chip.failed": "A proof failed",
    "chip.posted_failed": "A proof failed",
    "chip.priced": "Not yet posted",
    "chip.stands": "Left as it happened",
    "chip.unexamined": "Not yet rerun",
    "title": "{headline}, {outcome}",
    "lead.damage": "{liquidations} and {triggers} followed wrong prices, and {out_of_band} of "
    "{fills} fills lay out of band.",
    "lead.no_damage": "No liquidation and no stop followed a wrong price, and none of {fills} "
    "fills lay out of band.",
    "lead.repaired": "{frozen}named the {affected} of {all} accounts that differ, released the "
    "rest, and posted corrections that add up to zero.",
    "lead.nothing": "{frozen}ran the day again, found no difference for any of {all} accounts, and "
    "posted nothing.",
    "lead.failed": "{frozen}and posted nothing, because {failed} of {proofs} proofs failed.",
    "lead.posted_failed": "{frozen}posted corrections in entry {seq}; a check made afterwards "
    "failed, and {failed} of {proofs} proofs do not hold.",
    "lead.priced": "{frozen}named the {affected} of {all} accounts that differ, and priced "
    "{remedies} remedies; nothing is posted.",
    "lead.stands": "{frozen}named the {affected} of {all} accounts that differ, and by policy "
    "left everything as it happened.",
    "lead.nothing_seen": "{frozen}and found nothing that would have to be put right.",
    "lead.unexamined": "{frozen}and no rerun has been made yet.",
    "lead.frozen": "The venue froze after {after}, ",
    "lead.not_frozen": "The venue froze nothing, ",
    # Head and foot.
    "head.drill": "Drill report",
    "head.incident": "Incident report",
    "head.synthetic": "Synthetic data",
    "head.live": "Recorded data",
    "head.protections_on": "Protections on",
    "head.protections_off": "Unsafe: protections off",
    "head.contents": "Contents",
    "foot.self_contained": "This file holds everything that it shows, its data included, and makes "
    "no request. All times are UTC on the venue's clock.",
    # Tiles.
    "tile.frozen": "Frozen after",
    "tile.frozen_note": "venue time, {by}",
    "tile.not_frozen": "never",
    "tile.not_frozen_note": "no entry of this day froze anything",
    "tile.set": "Exact set",
    "tile.set_note": "of {all} accounts; {released} released",
    "tile.set_none": "no rerun was made",
    "tile.repaired": "Repaired",
    "tile.repaired_note": "accounts, in entry {seq}",
    "tile.repaired_nothing_note": "no account differs",
    "tile.repaired_waiting_note": "of {affected} accounts; nothing is posted",
    "tile.sum": "Sum of all corrections",
    "tile.sum_note": "in {assets}, to the last unit",
    "tile.sum_wrong_note": "in {assets}; it must be 0",
    "tile.sum_nothing_note": "nothing was posted",
    "measured.title": "Measured on this machine",
    "measured.budget": "budget {budget}",
    # Sections.
    "prices.title": "What each source said",
    "prices.caption": "{index} on a logarithmic scale, UTC. Dashed lines are sources whose "
    "observations were dropped. Every point is an entry of the journal.",
    "prices.note": "The old way takes the best price of all sources, so that one wrong price is "
    "enough. The guarded index counts failure domains and stays where the sound ones are.",
    "prices.note_guarded": "The guarded index counts failure domains and stays where the sound "
    "ones are.",
    "prices.note_best": "The best price of all sources needs one wrong price to follow it.",
    "prices.note_bad": "Between the dotted lines some of the sources were wrong.",
    "prices.note_sound": "No observation was dropped.",
    "prices.summary": "{index} from {begin} to {end}. {sentences}",
    "prices.line": "{name} moved between {low} and {high}.",
    "prices.window": "bad prices",
    "prices.guarded": "guarded index",
    "prices.best_of": "best of all sources",
    "damage.title": "What it did",
    "damage.note": "Filled: wrongful, it does not happen on the true prices. Hollow: rightful, it "
    "happens on them too. Each bar is one tick of the engine.",
    "damage.note_merged": "Filled: wrongful, it does not happen on the true prices. Hollow: "
    "rightful, it happens on them too. Each bar adds up {count} ticks of the engine.",
    "damage.nothing": "Nothing was liquidated and no stop fired in this window.",
    "damage.liquidations": "liquidations",
    "damage.triggers": "stops fired",
    "damage.freeze": "freeze",
    "damage.caption": "{wrongful_liquidations} of {liquidations} liquidations and "
    "{wrongful_triggers} of {triggers} stops were wrongful.",
    "damage.after_freeze": "Wrongful after the freeze: {count}.",
    "fills.title": "Who was affected, fill by fill",
    "fills.note": "Two questions decide each of the {fills} fills in the window: who wanted it, "
    "and was its price fair. The rule was published before the trades.",
    "fills.none": "No rerun was made, so no fill was reviewed.",
    "fills.empty": "No fill lay in a window: every one stands.",
    "fills.inside": "Price within {band} of the repaired index",
    "fills.outside": "Price outside",
    "fills.both": "Both sides wanted it",
    "fills.both_note": "users did, or the venue on true prices",
    "fills.one": "A wrong price caused one side",
    "fills.one_note": "that side is the victim",
    "fills.neither": "A wrong price caused both sides",
    "fills.neither_note": "nobody wanted it",
    "fills.stand": "Stand",
    "fills.split": "Split",
    "fills.void": "Void",
    "fills.strip_stand": "stand",
    "fills.strip_split": "are split",
    "fills.strip_void": "are void",
    "fills.both_inside": "final for both",
    "fills.both_outside": "void on both sides",
    "fills.one_inside": "stands for the other side; the venue restores the victim",
    "fills.one_outside": "void; the victim is restored",
    "fills.neither_inside": "void; both are restored",
    "fills.neither_outside": "void; both are restored",
    "fills.outside_window": "{count} fills outside the window were never in question.",
    "remedies.title": "{count} remedies, priced before anything was posted",
    "remedies.title_one": "One remedy, priced before anything was posted",
    "remedies.title_none": "Remedies",
    "remedies.none": "No remedy was priced, because there is nothing to put right.",
    "remedies.none_run": "No remedy was priced, because no rerun was made.",
    "remedies.note": "Each comes from its own run, posted in a scratch copy of the venue. Filled "
    "bars: what the operator pays. Hollow: what users still bear. Nobody is made party to a trade "
    "that did not happen.",
    "remedies.policy": "Remedy",
    "remedies.fills": "Fills voided",
    "remedies.accounts": "Accounts touched",
    "remedies.whole": "Victims whole",
    "remedies.bystanders": "Bystanders worse off",
    "remedies.cost": "Operator pays, worth in {asset}",
    "remedies.receives": "the operator receives it",
    "remedies.bear": "users bear",
    "remedies.used": "used",
    "remedies.chosen": "chosen",
    "remedies.unknown": "not computed",
    "funnel.title": "From all accounts to those that differ",
    "funnel.none": "No rerun was made, so nobody is named.",
    "funnel.all": "All accounts",
    "funnel.all_note": "everybody with an account at the cut",
    "funnel.possibly": "Possibly touched",
    "funnel.possibly_note": "reached by walking from the bad observations along causes",
    "funnel.affected": "Exactly affected",
    "funnel.affected_note": "balance, position, order or stop differs between the two runs",
    "funnel.classes": "of these {funding} in funding only and {fees} in fees only, never "
    "restricted",
    "funnel.released": "Released",
    "funnel.released_note": "no difference in the two runs; never restricted again",
    "victim.title": "One victim, before and after",
    "victim.none": "No account was closed by a wrong price, so there is no victim to show.",
    "victim.none_chosen": "Accounts were closed by wrong prices; none of them is shown here.",
    "victim.story": "{account} was {side} {quantity} in {instrument}, entered at {entry}. In entry "
    "{seq} the venue {closed} at {price}. On the true prices it does not.",
    "closing.liquidation": "liquidated it",
    "closing.trigger": "fired its stop",
    "victim.long": "long",
    "victim.short": "short",
    "victim.what": "What",
    "victim.actual": "As it happened",
    "victim.repaired": "As repaired",
    "victim.difference": "Difference",
    "victim.same": "none",
    "victim.restored": "restored",
    "victim.equity": "Equity in {asset}, UTC. Dashed: as it happened. Solid: as repaired.",
    "victim.equity_summary": "Equity of {account} in {asset}: as it happened it fell to {low}; as "
    "repaired it ends at {end}.",
    "victim.line_actual": "as it happened",
    "victim.line_repaired": "as repaired",
    "victim.mark_repaired": "repaired {time}",
    "proof.title": "Proof",
    "proof.note": "A tick stands only where the claim was computed again just now. Each line can "
    "be computed again from the journal with the open engine.",
    "proof.note_failed": "{failed} of {proofs} claims failed. A repair with a failed proof is not "
    "posted; what was found is said below.",
    "proof.none": "No rerun was made, so nothing is claimed.",
    "proof.sums": "The corrections, added up",
    "proof.sums_none": "Nothing was posted, so there is nothing to add up.",
    "proof.group": "Who",
    "proof.sum": "Sum",
    "proof.sum_ok": "zero in every asset",
    "proof.sum_wrong": "not zero: nothing of this may be posted",
    "proof.sum_claim": "The corrections below add up to zero in every asset.",
    "compare.title": "The same day with protections on",
    "compare.missing": "Only this day was played. The other half comes from the same command with "
    "the protections switched over.",
    "compare.what": "What",
    "compare.off": "Off",
    "compare.on": "On",
    "compare.off_label": "Protections off",
    "compare.on_label": "Protections on",
    "compare.liquidations": "Wrongful liquidations",
    "compare.triggers": "Wrongly fired stops",
    "compare.out_of_band": "Fills out of band",
    "compare.affected": "Accounts that differ from the clean day",
    "compare.index": "Lowest index in the window",
    "compare.freeze": "Venue time to the freeze",
    "compare.never": "none",
    "compare.of": "{part} of {whole}",
    "timeline.title": "Timeline",
    "timeline.none": "No timeline was recorded.",
    "timeline.entry": "Entry",
    "timeline.no_entry": "no entry",
    "reproduce.title": "Do it yourself",
    "reproduce.note": "The same seed gives the same hashes on any machine.",
    "reproduce.note_incident": "The same journal gives the same hashes on any machine.",
    "reproduce.none": "No command was recorded.",
    "open.title": "What remains open",
    "open.none": "Nothing: no claim, no receivable, no order to be offered back.",
    "open.not_posted": "All of it: nothing is posted, so every correction above is still owed.",
    "open.none_run": "Everything: no rerun was made.",
    "open.more": "and {count} more",
    "why.title": "Why there is nothing to repair",
    "figures": "Figures of this picture",
    "figures.time": "UTC",
    "figures.line": "Line",
    "figures.domain": "Failure domain",
    "figures.low": "Lowest",
    "figures.high": "Highest",
    "figures.last": "Last",
    "figures.rightful_liquidations": "Rightful liquidations",
    "figures.rightful_triggers": "Rightful stops",
    "figures.equity": "Equity, {asset}",
    "contents.why": "Why nothing",
    "contents.fills": "Fill by fill",
    "contents.remedies": "Remedies",
    "contents.funnel": "Who differs",
    "contents.victim": "One victim",
    "contents.compare": "Protections on",
}


def say(key: str, **facts: str) -> str:
    """The text of a key with its facts put in. A key or fact that is not there is our bug."""
    return TEXTS[key].format(**facts)


def banned_words(text: str) -> list[str]:
    """What a text says that no page says: "word: what to do instead" each; [] when it is fine."""
    return [
        f"{match[0]}: {instead}"
        for pattern, instead in BANNED.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]
