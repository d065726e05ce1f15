"""The guarded index as one would explain it on paper: nothing is kept up to date, everything is
looked up in what was heard and decided so far.

Written from the text of the rule, not from the index: exact fractions instead of scaled integers,
whole histories instead of windows, prices as questions ("what weight stands at or below this?")
instead of sorted walks. Only what the rule itself states as integers is one here: weights in
millionths, prices, the published radius.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from seawall.core.model.commands import ObservePrices
from tests.laws.naive_tiers import TIERS, Tier, percent

E8 = 10**8
INIT, NORMAL, DEGRADED, CONFIRM, HOLD = range(5)
NO_REASON, STALE_HOLD, DISPUTED = range(3)
NO_QUALITY, LOW, FULL = range(3)
LIVE, STALE, FROZEN, INVALID, QUARANTINED = range(5)
STARTED, CONFIRMED, REJECTED, RESTARTED = 1, 2, 3, 4
BY_DETECTOR, BY_EXCLUSIONS, BY_OPERATOR = 1, 2, 3
MINUTES_30 = 1_800_000
PRICE_TOP = 2**60


@dataclass
class Heard:
    """A valid sample: when it was seen, what was said, the price made of it, its updates."""

    seen_ms: int
    words: tuple[int, int, int, int]
    venue_ms: int
    receive_ms: int
    price: int
    updates: int


@dataclass
class Voice:
    """One source and all that it ever said."""

    id: int
    weight: int
    domain: str
    heard: list[Heard] = field(default_factory=list)
    verdict: str = ""
    offer: int = 0
    status: int = STALE
    out: int = 0
    out_ms: int = 0
    agrees_ms: int | None = None
    paused_ms: list[int] = field(default_factory=list)
    excluded_ms: list[int] = field(default_factory=list)
    was_far: bool = False
    was_outlier: bool = False

    def price(self) -> int:
        """Its newest valid price."""
        return self.heard[-1].price

    def is_fresh(self, tier: Tier, now: int) -> bool:
        """Young, and something in it changed lately."""
        if not self.heard or self.verdict == "no conversion":
            return False
        changed = max(one.seen_ms for one in self.heard if one.updates)
        young = now - self.heard[-1].seen_ms <= tier.stale_s * 1000
        return young and now - changed <= tier.frozen_s * 1000


def away(price: int, reference: int) -> Fraction:
    """|price / reference - 1|."""
    return Fraction(abs(price - reference), reference)


class Cloud:
    """Weighted prices, asked questions."""

    def __init__(self, members: list[tuple[int, int]]) -> None:
        self.members = members
        self.whole = sum(weight for _, weight in members)

    def at_or_below(self, price: int) -> int:
        """The weight at or below a price."""
        return sum(weight for one, weight in self.members if one <= price)

    def median(self) -> int:
        """The middle by weight; between two halves, the floored middle of the gap."""
        prices = sorted({price for price, _ in self.members})
        for place, price in enumerate(prices):
            if 2 * self.at_or_below(price) == self.whole:
                return (price + prices[place + 1]) // 2
            if 2 * self.at_or_below(price) > self.whole:
                return price
        raise AssertionError

    def quartile(self, quarters: int) -> int:
        """The smallest price that so many quarters of the weight do not exceed."""
        return min(p for p, _ in self.members if 4 * self.at_or_below(p) >= quarters * self.whole)

    def radius(self, middle: int) -> Fraction:
        """Within which two thirds agree, with a tolerance of three per member."""
        needed = 2 * self.whole - 3 * len(self.members)
        for near in sorted(away(price, middle) for price, _ in self.members):
            if 3 * sum(w for p, w in self.members if away(p, middle) <= near) >= needed:
                return near
        raise AssertionError


def capped(shares: dict[str, int], rounds: int) -> dict[str, int]:
    """No domain above a third of the whole, tried so many times."""
    whole = sum(shares.values())
    if rounds == 0 or len(shares) < 3 or all(3 * share <= whole for share in shares.values()):
        return shares
    cut = {d: (whole - s) // 2 if 3 * s > whole else s for d, s in shares.items()}
    return capped(cut, rounds - 1)


class NaiveIndex:
    """One index. `published`, `statuses` and `story` are what can be compared."""

    def __init__(self, voices: list[Voice], tier: int, *, is_protected: bool) -> None:
        self.voices = voices
        self.tier = TIERS[tier]
        self.is_protected = is_protected
        self.state, self.reason, self.quality = INIT, NO_REASON, NO_QUALITY
        self.value, self.low, self.high, self.radius_e8 = 0, 0, 0, 0
        self.since_ms, self.pause_until_ms = -1, -1
        self.accepted: list[tuple[int, int]] = []
        self.good_ticks = 0
        self.calm_ticks = 0
        self.held_ms: int | None = None
        self.jump_ms = 0
        self.jump_to = 0
        self.updates: dict[tuple[int, int], int] = {}  # voice, second -> updates since the tick
        self.new_updates = dict.fromkeys((voice.id for voice in voices), 0)
        self.story: list[tuple[int, ...]] = []

    def published(self) -> tuple[int, ...]:
        """What readers get."""
        return (
            *(self.value, self.low, self.high, self.state, self.reason, self.quality),
            *(self.radius_e8, self.since_ms, self.pause_until_ms),
        )

    def statuses(self) -> list[int]:
        """Of all sources, in their order."""
        return [voice.status for voice in self.voices]

    # What is heard

    def observe(self, now: int, said: ObservePrices, conversion: int, is_normal: bool) -> None:
        """Hear a source."""
        voice = next(voice for voice in self.voices if voice.id == said.source_id)
        offer = said.ask_e8 * conversion // E8
        if 0 < said.ask_e8 <= PRICE_TOP and conversion > 0 and 0 < offer <= PRICE_TOP:
            voice.offer = offer
        price = sorted((said.bid_e8, said.ask_e8, said.last_e8))[1] * conversion // E8
        voice.verdict = self.verdict(voice, now, said, price, conversion, is_normal)
        if voice.verdict:
            return
        words = (said.bid_e8, said.ask_e8, said.last_e8, said.trade_id)
        is_new = not voice.heard or voice.heard[-1].words != words
        updates = max(said.updates, 1) if is_new else 0
        times = (said.venue_ms, said.receive_ms)
        voice.heard.append(Heard(min(said.receive_ms, now), words, *times, price, updates))
        self.new_updates[voice.id] += updates

    def verdict(
        self,
        voice: Voice,
        now: int,
        said: ObservePrices,
        price: int,
        conversion: int,
        is_normal: bool,
    ) -> str:
        """Why a sample does not count, "" when it does."""
        bid, ask, venue, got = said.bid_e8, said.ask_e8, said.venue_ms, said.receive_ms
        newest = voice.heard[-1] if voice.heard else None
        checks = {
            "no price": min(bid, ask) <= 0,
            "too high": max(bid, ask, said.last_e8) > PRICE_TOP,
            "crossed": bid >= ask,
            "wide": 100 * (ask - bid) > 5 * bid,
            "no time": min(venue, got) < 0 or max(venue, got) >= 2**43,
            "clocks": abs(got - venue) > 5_000,
            "future": got > now + 2_000,
            "back": newest is not None and (venue < newest.venue_ms or got < newest.receive_ms),
            "empty book": not said.is_deep,
            "no conversion": not is_normal or conversion <= 0,
            "lost in conversion": not (1 <= price <= PRICE_TOP),
        }
        return next((name for name, is_so in checks.items() if is_so), "")

    # A passed second

    def tick(self, now: int) -> None:
        """Decide."""
        second = now // 1000 * 1000
        for voice in self.voices:
            self.updates[voice.id, second] = self.new_updates[voice.id]
            self.new_updates[voice.id] = 0
            self.end_quarantine(voice, second)
            voice.status = self.status(voice, now)
        self.detect(second)
        if not self.is_protected:
            offers = [v.offer for v in self.voices if v.offer and v.out != BY_OPERATOR]
            if offers:
                self.quality = FULL
                self.accept(second, min(offers), is_new_start=True)
            return
        live = self.counted(now)
        self.decide(second, live)
        self.judge_sources(second, now, live)

    def status(self, voice: Voice, now: int) -> int:
        """Whether and why a source counts."""
        if voice.out:
            return QUARANTINED
        if voice.is_fresh(self.tier, now):
            return LIVE
        if voice.verdict:
            return INVALID
        if not voice.heard or now - voice.heard[-1].seen_ms > self.tier.stale_s * 1000:
            return STALE
        return FROZEN

    def quality_of(self, live: list[Voice]) -> int:
        """How much the sources amount to."""
        part = Fraction(sum(v.weight for v in live), sum(v.weight for v in self.voices))
        domains = len({v.domain for v in live})
        if len(live) >= self.tier.full and part >= percent(60) and domains >= 3:
            return FULL
        if len(live) >= self.tier.low and part >= self.tier.low_weight and domains >= 3:
            return LOW
        return NO_QUALITY

    def counted(self, now: int) -> list[Voice]:
        """Who forms the index: quarantine, unless by an operator, never lowers the quality."""
        fresh = [v for v in self.voices if v.out != BY_OPERATOR and v.is_fresh(self.tier, now)]
        free = [v for v in fresh if not v.out]
        return free if self.quality_of(free) == self.quality_of(fresh) else fresh

    def decide(self, second: int, live: list[Voice]) -> None:
        """Form the candidate and judge it."""
        tier = self.tier
        self.quality = self.quality_of(live)
        self.radius_e8 = 0
        if self.quality == NO_QUALITY:
            self.good_ticks = 0
            self.hold(second, STALE_HOLD, None)
            return
        cloud, weights = self.cloud(live)
        middle = cloud.median()
        radius = cloud.radius(middle)
        self.radius_e8 = min(-(-radius.numerator * E8 // radius.denominator), PRICE_TOP)
        inside = [v for v in live if away(v.price(), middle) <= tier.outlier]
        if self.state != INIT and radius > tier.most:
            self.good_ticks = 0
            self.hold(second, DISPUTED, cloud)
            return
        candidate = 0
        if inside:
            floor = -(-middle * (E8 - tier.clamp * E8) // E8)
            top = middle * (E8 + tier.clamp * E8) // E8
            pulled = sum(min(max(v.price(), floor), top) * weights[v.id] for v in inside)
            candidate = int(pulled // sum(weights[v.id] for v in inside))
        is_strong_agreement = radius <= tier.strong
        if self.state == INIT:
            is_good = self.quality == FULL and is_strong_agreement
            self.good_ticks = self.good_ticks + 1 if is_good else 0
            if self.good_ticks == 10:
                self.accept(second, candidate, is_new_start=True)
            return
        is_resuming = False
        if self.state == HOLD:
            self.good_ticks += 1
            if self.good_ticks < 10:
                self.hold(second, self.reason, cloud)
                return
            self.good_ticks = 0
            is_resuming = True
        if self.is_within(second, candidate):
            self.follow(second, candidate, is_new_start=is_resuming)
            return
        self.follow_jump(second, candidate, is_resuming=is_resuming)
        strong = is_strong_agreement and self.is_traded(second, live, inside, candidate)
        self.settle_jump(second, candidate, is_strong=strong)

    def cloud(self, live: list[Voice]) -> tuple[Cloud, dict[int, int]]:
        """The live prices with their capped weights."""
        shares: dict[str, int] = {}
        for voice in live:
            shares[voice.domain] = shares.get(voice.domain, 0) + voice.weight
        cut = capped({d: share * 10**6 for d, share in shares.items()}, 200)
        weights = {v.id: v.weight * cut[v.domain] // shares[v.domain] for v in live}
        return Cloud([(v.price(), weights[v.id]) for v in live]), weights

    def is_within(self, second: int, candidate: int) -> bool:
        """Whether the candidate is near everything accepted lately."""
        for window_s, move in zip((1, 10, 60), self.tier.velocity, strict=True):
            near = [v for at, v in self.accepted if second - at <= window_s * 1000]
            near = near or [self.value]
            if not ((1 - move) * max(near) <= candidate <= (1 + move) * min(near)):
                return False
        return True

    def follow(self, second: int, candidate: int, *, is_new_start: bool) -> None:
        """A candidate that is near: accept it, unless a jump must first be seen to have gone."""
        if self.state == CONFIRM:
            self.calm_ticks += 1
            if self.calm_ticks < 5:
                self.low, self.high = sorted((self.value, candidate))
                return
            self.story.append((REJECTED, self.value, candidate))
        self.accept(second, candidate, is_new_start=is_new_start)

    def follow_jump(self, second: int, candidate: int, *, is_resuming: bool) -> None:
        """Begin to watch a jump, or see whether it is still the same one."""
        self.calm_ticks = 0
        if self.state != CONFIRM:
            self.state, self.reason = CONFIRM, NO_REASON
            self.jump_ms = self.since_ms = second - 10_000 * is_resuming
            self.story.append((STARTED, self.value, candidate))
        else:
            turned = (candidate > self.value) != (self.jump_to > self.value)
            if turned or away(candidate, self.jump_to) > self.tier.step:
                self.jump_ms = second
                self.story.append((RESTARTED, self.value, candidate))
        self.jump_to = candidate
        self.low, self.high = sorted((self.value, candidate))

    def is_traded(
        self, second: int, live: list[Voice], inside: list[Voice], candidate: int
    ) -> bool:
        """Strong evidence, apart from agreement."""
        wanted = min(3, (second - self.jump_ms) // 1000 + 1)
        busy = 0
        for voice in inside:
            heard = self.updates.items()
            since = sum(n for (who, at), n in heard if who == voice.id and at >= self.jump_ms)
            busy += since >= wanted
        if self.quality != FULL or busy < self.tier.full or len({v.domain for v in inside}) < 3:
            return False
        near = percent(3) * self.tier.scale
        if self.jump(candidate) <= near:
            return True
        old = [v for v in live if away(v.price(), self.value) <= near]
        part = Fraction(sum(v.weight for v in old), sum(v.weight for v in self.voices))
        return part < percent(25) or len({v.domain for v in old}) < 2

    def jump(self, candidate: int) -> Fraction:
        """The size of the jump, the same up and down."""
        return 1 - Fraction(min(candidate, self.value), max(candidate, self.value))

    def settle_jump(self, second: int, candidate: int, *, is_strong: bool) -> None:
        """Accept a jump that stood long enough."""
        table = ((3, 2, 10), (10, 5, 30), (25, 60, 300), (50, 180, None))
        for size, strong_s, weak_s in table:
            if self.jump(candidate) <= percent(size) * self.tier.scale:
                needed = strong_s if is_strong else weak_s
                if needed is not None and second - self.jump_ms >= needed * 1000:
                    self.story.append((CONFIRMED, self.value, candidate))
                    self.accept(second, candidate, is_new_start=True)
                return

    def accept(self, second: int, value: int, *, is_new_start: bool) -> None:
        """The index is this now."""
        state = NORMAL if self.quality == FULL else DEGRADED
        if state != self.state:
            self.since_ms = second
        self.state, self.reason = state, NO_REASON
        self.value = self.low = self.high = value
        self.held_ms = None
        self.good_ticks = self.calm_ticks = 0
        if is_new_start:
            self.accepted = []
        self.accepted.append((second, value))

    def hold(self, second: int, reason: int, cloud: Cloud | None) -> None:
        """Keep the value, say why, and between which prices the truth may lie."""
        if self.state == INIT:
            return
        if self.held_ms is None:
            self.held_ms = second
        if (self.state, self.reason) != (HOLD, reason):
            self.state, self.reason, self.since_ms = HOLD, reason, second
        self.low = self.high = self.value
        if reason == DISPUTED and cloud is not None:
            said = [cloud.quartile(1), cloud.quartile(3)]
            if second - self.held_ms < 30_000:
                said.append(self.value)
            self.low, self.high = min(said), max(said)

    # Who is kept out

    def end_quarantine(self, voice: Voice, second: int) -> None:
        """Let back who agreed for a minute, or was out for half an hour."""
        voice.excluded_ms = [at for at in voice.excluded_ms if second - at < MINUTES_30]
        if voice.out != BY_DETECTOR:
            return
        agreed = voice.agrees_ms is not None and second - voice.agrees_ms >= 60_000
        if agreed or second - voice.out_ms >= MINUTES_30:
            voice.out, voice.agrees_ms = 0, None
            voice.was_far = voice.was_outlier = False

    def exclude(self, voice: Voice, second: int) -> None:
        """Note an exclusion; the fourth in half an hour is for people to look at."""
        voice.excluded_ms.append(second)
        if len(voice.excluded_ms) >= 4:
            voice.out, voice.out_ms, voice.agrees_ms = BY_EXCLUSIONS, second, None

    def detect(self, second: int) -> None:
        """Find who is far from all others, while the others stand where the index stands."""
        live = [voice for voice in self.voices if voice.status == LIVE]
        far: dict[int, int] = {}
        for voice in live:
            others = [other for other in live if other is not voice]
            if len(others) < 3 or len({o.domain for o in others} - {voice.domain}) < 2:
                continue
            middle = Cloud([(other.price(), other.weight) for other in others]).median()
            if away(voice.price(), middle) > self.tier.outlier:
                far[voice.id] = middle
        named = [voice for voice in live if voice.id in far]
        weight = 3 * sum(voice.weight for voice in named)
        if len({v.domain for v in named}) > 1 or weight > sum(v.weight for v in live):
            far = {}
        for voice in self.voices:
            is_far = voice.id in far
            if is_far and self.is_protected:
                is_good = self.state in (NORMAL, DEGRADED)
                is_far = is_good and away(far[voice.id], self.value) <= self.tier.outlier
            if is_far and not voice.was_far:
                self.story.append((0, voice.id, voice.price(), far[voice.id]))
                if self.is_protected:
                    self.put_out(voice, second)
            voice.was_far = is_far

    def put_out(self, voice: Voice, second: int) -> None:
        """Quarantine, and a pause unless this source made one in the last half hour."""
        voice.out, voice.out_ms, voice.agrees_ms = BY_DETECTOR, second, None
        voice.status = QUARANTINED
        self.exclude(voice, second)
        if all(second - at >= MINUTES_30 for at in voice.paused_ms):
            voice.paused_ms.append(second)
            self.pause_until_ms = second + 10_000

    def judge_sources(self, second: int, now: int, live: list[Voice]) -> None:
        """Measure the sources against a value that was just accepted."""
        is_good = self.state in (NORMAL, DEGRADED)
        for voice in self.voices:
            if voice.out == BY_DETECTOR:
                near = is_good and voice.is_fresh(self.tier, now)
                near = near and away(voice.price(), self.value) <= percent(2)
                voice.agrees_ms = None if not near else voice.agrees_ms or second
        if not is_good:
            return
        middle = self.cloud(live)[0].median()
        for voice in live:
            if voice.out:
                continue
            is_outlier = away(voice.price(), middle) > self.tier.outlier
            is_due = not voice.excluded_ms or second - voice.excluded_ms[-1] >= 300_000
            if is_outlier and (not voice.was_outlier or is_due):
                self.exclude(voice, second)
            voice.was_outlier = is_outlier
            voice.status = self.status(voice, now)

    # What people do

    def quarantine(self, now: int, source_id: int) -> None:
        """An operator keeps a source out."""
        voice = next(voice for voice in self.voices if voice.id == source_id)
        voice.out, voice.agrees_ms, voice.status = BY_OPERATOR, None, QUARANTINED

    def release(self, now: int, source_id: int) -> None:
        """An operator lets it back in."""
        voice = next(voice for voice in self.voices if voice.id == source_id)
        voice.out, voice.excluded_ms, voice.agrees_ms = 0, [], None
        voice.was_far = voice.was_outlier = False
        voice.status = self.status(voice, now)

    def override(self, now: int, value: int) -> None:
        """Operators set the value."""
        self.accept(now // 1000 * 1000, value, is_new_start=True)
