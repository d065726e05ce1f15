"""Repair: what happened is put right by one balanced posting that two people have approved.

A case goes through a folder of its own. A *plan* states what would be posted, what every other way
would cost, and which tests and laws hold; two operators who did not write it *approve* its hash;
the approved rows are *posted* by commands through the journal, all or nothing, once; and every
account gets a *receipt* that its owner checks alone. The rules of it are tables: `policies.py`,
`rulebook.py`.

This room must not know how a venue is run or reached, or who asks: the directory, the clock, the
way to an engine and the two runs that are compared are handed in. It never changes history.

Start with `plan.py`, then `approvals.py`, `posting.py`, `receipts.py`; `cases.py` is the folder.
"""

from seawall.repair.policies import POLICIES, POLICY_DEFAULT, Policy, policy_of

__all__ = ["POLICIES", "POLICY_DEFAULT", "Policy", "policy_of"]
