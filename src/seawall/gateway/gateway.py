"""The gateway: commands in, outcomes out, and maps that have applied what they tell.

`Gateway` admits, queues and answers; what it decides with stands in the modules beside it. It
runs in one event loop and is not for threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import (
    AdjustMargin,
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    Command,
    MassCancel,
    PlaceAlgo,
    PlaceOrder,
    SetLeverage,
    TransferFunds,
)
from seawall.core.model.enums import Side
from seawall.core.model.limits import VALID_FOR_MS_DEFAULT
from seawall.core.model.rejects import RejectReason
from seawall.gateway.account_maps import AccountMaps
from seawall.gateway.answers import UNANSWERED, Answer, not_accepted, rejected
from seawall.gateway.door import (
    algo_fault,
    amend_fault,
    cancel_algo_fault,
    cancel_fault,
    leverage_fault,
    margin_fault,
    mass_cancel_fault,
    place_fault,
    transfer_fault,
)
from seawall.gateway.engine_port import EnginePort
from seawall.gateway.lanes import Lanes
from seawall.gateway.limits import (
    ANSWER_NS_MAX,
    OPERATIONS_QUEUED_MAX,
    ORDERS_QUEUED_MAX,
    QUEUE_AGE_NS_MAX,
    REDUCES_QUEUED_MAX,
    SWEEP_SECONDS,
)
from seawall.gateway.maps import Follower, Maps
from seawall.gateway.outcome import Outcome, OutcomeNote
from seawall.gateway.pending import Pending, Request
from seawall.gateway.rate_limits import RateLimits
from seawall.gateway.venue_maps import VenueMaps
from seawall.gateway.views import OrderView, PendingView, RejectionView
from seawall.gateway.waiting_room import UNKNOWN_ORDER, WaitingRoom, tell_all
from seawall.identity import KeyRing
from seawall.journal.frames import EventsFrame, Refused

# Encoded bytes, account and milliseconds of validity of a command for lane two, or why it is
# refused.
Wish = tuple[bytes, int, int] | int


def _wish(command: PlaceAlgo | SetLeverage | AdjustMargin, reason: int, valid_for_ms: int) -> Wish:
    return reason or (encode_command(command), command.account_id, valid_for_ms)


class Gateway:
    """The way to the engine for everything that accounts and operators wish.

    Start: `describe`, perhaps `accounts.seed_history`, then connect an EngineLink whose callbacks
    are `on_events`, `on_refused`, `on_lost` and `on_regained`, then `start` with it.
    now_ns: the machine's wall clock, in nanoseconds.
    """

    def __init__(
        self,
        *,
        venue: VenueMaps,
        accounts: AccountMaps,
        keys: KeyRing,
        limits: RateLimits,
        now_ns: Callable[[], int],
    ) -> None:
        self.venue = venue
        self.accounts = accounts
        self.keys = keys
        self.limits = limits
        self._now_ns = now_ns
        self._maps = Maps(venue=venue, accounts=accounts, keys=keys)
        self._lanes = Lanes(shard=venue.shard, send=self._send)
        self._waiting = WaitingRoom()
        self._engine: EnginePort | None = None
        self._is_stopping = False  # the engine has said so
        self._is_flush_due = False
        self._is_sweep_due = False

    @property
    def applied_seq(self) -> int:
        """Everything up to this entry is in the maps."""
        return self._maps.applied_seq

    @property
    def is_accepting(self) -> bool:
        """Whether a new order would be sent on; False while the engine is away."""
        return self._lanes.is_open

    # Starting and following

    def describe(self, events: bytes, *, seq: int) -> None:
        """Fill the maps with what `Engine.describe()` tells of the state after entry `seq`."""
        self._maps.describe(events, seq=seq)

    def follow(self, follower: Follower) -> None:
        """Call `follower` with every frame and its entries, after the maps have applied them."""
        self._maps.follow(follower)

    async def start(self, engine: EnginePort) -> None:
        """Introduce the lanes and follow the engine from the described state on."""
        self._engine = engine
        for lane in self._lanes.all:
            welcome = await engine.hello(lane.publisher_id)
            lane.incarnation = welcome.incarnation
            self._maps.hear_of(welcome.seq)
        await engine.subscribe(self._maps.applied_seq + 1)
        if engine.is_connected:
            self._lanes.open()

    # Wishes

    async def place(self, orders: list[PlaceOrder]) -> list[Outcome]:
        """Place orders, in order; one entry each."""
        request = Request(count=len(orders), in_time_ns=self._now_ns())
        shed = self._why_shed(request.in_time_ns)
        for index, order in enumerate(orders):
            reason = self._place_refusal(order)
            is_reducing = bool(shed) and self._may_reduce(
                shed, order.account_id, self._is_verified_reduce(order)
            )
            if reason:
                self._tell_now(request, index, rejected(reason))
            elif shed and not is_reducing:
                self._tell_now(request, index, not_accepted(shed))
            else:
                pending = Pending(
                    request=request,
                    index=index,
                    data=encode_command(order),
                    stamp_ns=request.in_time_ns,
                    account_id=order.account_id,
                    instrument_id=order.instrument_id,
                    valid_for_ms=max(order.valid_for_ms, 1),
                    client_id=order.client_id,
                    is_reducing=is_reducing,
                )
                if is_reducing:
                    self._waiting.enter_reduce(pending)
                self._waiting.enter_order(pending)
                self._lanes.add_order(pending)
        return await self._answer(request)

    async def amend(self, amends: list[AmendOrder]) -> list[Outcome]:
        """Amend orders, in order."""
        wishes: list[Wish] = []
        for amend in amends:
            reason = amend_fault(amend)
            if reason:
                wishes.append(reason)
            else:
                wishes.append((encode_command(amend), amend.account_id, amend.valid_for_ms))
        return await self._send_wishes(wishes)

    async def transfer(self, command: TransferFunds) -> Outcome:
        """Move an amount between an account's funding and trading side."""
        wish: Wish = transfer_fault(command)
        if wish == RejectReason.NONE:
            wish = (encode_command(command), command.account_id, VALID_FOR_MS_DEFAULT)
        return (await self._send_wishes([wish]))[0]

    async def place_algos(self, algos: list[PlaceAlgo]) -> list[Outcome]:
        """Let orders wait for a price; an outcome's order id is the algo id."""
        wishes = [_wish(algo, algo_fault(algo), algo.valid_for_ms) for algo in algos]
        return await self._send_wishes(wishes)

    async def set_leverage(self, command: SetLeverage) -> Outcome:
        """Choose an account's leverage in a swap."""
        wish = _wish(command, leverage_fault(command), VALID_FOR_MS_DEFAULT)
        return (await self._send_wishes([wish]))[0]

    async def adjust_margin(self, command: AdjustMargin) -> Outcome:
        """Add margin to an isolated position, or take some out."""
        wish = _wish(command, margin_fault(command), VALID_FOR_MS_DEFAULT)
        return (await self._send_wishes([wish], is_reducing=command.amount > 0))[0]

    async def cancel_algos(self, cancels: list[CancelAlgo]) -> list[Outcome]:
        """Cancel algo orders. Never shed, like every cancel."""
        request = Request(count=len(cancels), in_time_ns=self._now_ns())
        for index, cancel in enumerate(cancels):
            reason = cancel_algo_fault(cancel)
            if reason:
                self._tell_now(request, index, rejected(reason))
            else:
                self._add_cancel(request, index, cancel, target=UNKNOWN_ORDER)
        return await self._answer(request)

    async def cancel(self, cancels: list[CancelOrder]) -> list[Outcome]:
        """Cancel orders. Never shed; an order that is known to have ended is answered at once."""
        request = Request(count=len(cancels), in_time_ns=self._now_ns())
        for index, cancel in enumerate(cancels):
            reason = cancel_fault(cancel)
            if reason:
                self._tell_now(request, index, rejected(reason))
            else:
                self._cancel_one(request, index, cancel)
        return await self._answer(request)

    async def mass_cancel(self, command: MassCancel) -> Outcome:
        """Cancel all orders of an account, of one instrument and side or of all."""
        request = Request(count=1, in_time_ns=self._now_ns())
        reason = mass_cancel_fault(command)
        if reason:
            self._tell_now(request, 0, rejected(reason))
        else:
            self._add_cancel(request, 0, command, target=UNKNOWN_ORDER)
        return (await self._answer(request))[0]

    async def operate(self, commands: list[Command]) -> list[Outcome]:
        """Acts of the venue itself: accounts, keys, deposits, listings, trading states."""
        request = Request(count=len(commands), in_time_ns=self._now_ns())
        note = self._why_closed()
        if not note and len(self._lanes.operations.queue) >= OPERATIONS_QUEUED_MAX:
            note = OutcomeNote.OVERLOADED
        for index, command in enumerate(commands):
            if note:
                self._tell_now(request, index, not_accepted(note))
                continue
            self._lanes.add_operation(
                Pending(
                    request=request,
                    index=index,
                    data=encode_command(command),
                    stamp_ns=request.in_time_ns,
                    account_id=0,
                )
            )
        return await self._answer(request)

    # Reading

    async def fresh(self) -> bool:
        """Wait until the maps have applied the newest seq known when called, at most 100 ms; False
        when they have not.
        """
        return await self._maps.fresh()

    def outcome_of(
        self, account_id: int, client_id: bytes
    ) -> OrderView | PendingView | RejectionView | None:
        """What became of the order with this client id: the order itself; pending (queued, or sent
        and not answered, perhaps after an UNKNOWN); how it was refused; or None when nothing with
        this id was appended within the memory of the maps.
        """
        found = self.accounts.order_by_client_id(account_id, client_id)
        if isinstance(found, OrderView):
            return found
        return self._waiting.pending_order(account_id, client_id) or found

    # What the link reports

    def on_events(self, frame: EventsFrame) -> None:
        """Apply one batch to the maps, tell the followers, answer the senders."""
        entries = self._maps.apply(frame)
        answered = self._lanes.on_answer(frame)
        if answered:
            self._waiting.settle_batch(
                answered, first_seq=frame.first_seq, entries=entries, now_ns=self._now_ns()
            )
            self._lanes.flush()

    def on_refused(self, refused: Refused) -> None:
        """Nothing of the batch was appended: its senders may try again."""
        self._is_stopping = refused.is_planned
        self._give_back(self._lanes.on_answer(refused), self._why_unreachable())
        self._lanes.flush()

    def on_lost(self) -> None:
        """Give back what was not sent; cancels wait for the engine, and so does what is in
        flight.
        """
        self._lanes.close()
        self._give_back(self._lanes.take_back_orders(), self._why_unreachable())

    def on_regained(self) -> None:
        """The link has sent again what had no answer; the lanes go on."""
        self._is_stopping = False
        if all(lane.incarnation for lane in self._lanes.all):
            self._lanes.open()

    def sweep(self) -> None:
        """Answer what has waited too long: unsent as not accepted, sent as unknown."""
        now_ns = self._now_ns()
        is_open = self._lanes.is_open
        note = OutcomeNote.EXPIRED_IN_QUEUE if is_open else self._why_unreachable()
        self._give_back(self._lanes.take_back_expired(now_ns, age_ns_max=ANSWER_NS_MAX), note)
        for lane in self._lanes.all:
            for pending in lane.in_flight:
                if now_ns - pending.stamp_ns > ANSWER_NS_MAX:
                    tell_all(pending, UNANSWERED, seq=0, now_ns=now_ns)

    # Admission

    def _why_unreachable(self) -> OutcomeNote:
        stopping = self._is_stopping
        return OutcomeNote.PLANNED_STOP if stopping else OutcomeNote.ENGINE_UNREACHABLE

    def _why_closed(self) -> OutcomeNote:
        return OutcomeNote.NONE if self._lanes.is_open else self._why_unreachable()

    def _why_shed(self, now_ns: int) -> OutcomeNote:
        """Why lane two takes nothing now, or NONE. Age first: it tells overload from a burst."""
        queue = self._lanes.orders.queue
        if queue and (
            now_ns - queue[0].stamp_ns > QUEUE_AGE_NS_MAX or len(queue) >= ORDERS_QUEUED_MAX
        ):
            return OutcomeNote.OVERLOADED
        return self._why_closed()

    def _place_refusal(self, order: PlaceOrder) -> int:
        reason = place_fault(order)
        is_duplicate = (
            reason == RejectReason.NONE
            and order.client_id != b""
            and self.accounts.is_client_id_used(order.account_id, order.client_id)
        )
        return RejectReason.DUPLICATE_CLIENT_ORDER_ID if is_duplicate else reason

    def _may_reduce(self, shed: OutcomeNote, account_id: int, is_verified: bool) -> bool:
        """Whether what lowers risk is let in although the queue is too old for anything else."""
        return (
            is_verified
            and shed is OutcomeNote.OVERLOADED
            and self._lanes.is_open
            and len(self._lanes.orders.queue) < REDUCES_QUEUED_MAX
            and self._waiting.has_room_for_reduce(account_id)
        )

    def _is_verified_reduce(self, order: PlaceOrder) -> bool:
        """Whether the order can only shrink a position that is there: a flag alone would let
        anybody pass.
        """
        if not order.reduce_only:
            return False
        position = self.accounts.positions.position(order.account_id, order.instrument_id)
        if position is None:
            return False
        closable = position.size if order.side == Side.SELL else -position.size
        return 0 < order.quantity <= closable

    async def _send_wishes(self, wishes: list[Wish], *, is_reducing: bool = False) -> list[Outcome]:
        """Send what is no refusal; `is_reducing`: it lowers risk, whatever else is shed."""
        request = Request(count=len(wishes), in_time_ns=self._now_ns())
        shed = self._why_shed(request.in_time_ns)
        for index, wish in enumerate(wishes):
            if isinstance(wish, int):
                self._tell_now(request, index, rejected(wish))
                continue
            data, account_id, valid_for_ms = wish
            is_let_in = bool(shed) and self._may_reduce(shed, account_id, is_reducing)
            if shed and not is_let_in:
                self._tell_now(request, index, not_accepted(shed))
                continue
            pending = Pending(
                request=request,
                index=index,
                data=data,
                stamp_ns=request.in_time_ns,
                account_id=account_id,
                valid_for_ms=max(valid_for_ms, 1),
                is_reducing=is_let_in,
            )
            if is_let_in:
                self._waiting.enter_reduce(pending)
            self._lanes.add_order(pending)
        return await self._answer(request)

    def _cancel_one(self, request: Request, index: int, cancel: CancelOrder) -> None:
        record = self.accounts.named_order(cancel)
        if record is None or record.accepted.instrument_id != cancel.instrument_id:
            self._add_cancel(request, index, cancel, target=UNKNOWN_ORDER)
            return
        order_id = record.accepted.order_id
        first = self._waiting.cancel_of(order_id)
        if record.ended_ns:
            self._tell_now(request, index, rejected(RejectReason.ORDER_DONE, order_id))
        elif first is not None:
            first.followers.append((request, index))
        else:
            self._add_cancel(request, index, cancel, target=order_id)

    def _add_cancel(
        self,
        request: Request,
        index: int,
        command: CancelOrder | CancelAlgo | MassCancel,
        *,
        target: int,
    ) -> None:
        account_id = command.account_id
        if target == UNKNOWN_ORDER and not self._waiting.has_room_for_unknown(account_id):
            self._tell_now(request, index, not_accepted(OutcomeNote.OVERLOADED))
            return
        pending = Pending(
            request=request,
            index=index,
            data=encode_command(command),
            stamp_ns=request.in_time_ns,
            account_id=account_id,
            target=target,
            is_mass_cancel=isinstance(command, MassCancel),
        )
        self._waiting.enter_cancel(pending)
        self._lanes.add_cancel(pending)

    # Sending and answering

    def _send(self, data: bytes) -> bool:
        assert self._engine is not None, "the lanes open when the engine is there"
        return self._engine.send_batch(data)

    async def _answer(self, request: Request) -> list[Outcome]:
        """Wait for the outcomes; what arrived in the same turn of the loop travels in one batch."""
        if not request.is_settled:
            loop = asyncio.get_running_loop()
            if not self._is_flush_due:
                self._is_flush_due = True
                loop.call_soon(self._flush)
            if not self._is_sweep_due:
                self._is_sweep_due = True
                loop.call_later(SWEEP_SECONDS, self._sweep_again, loop)
        return await request.answer()

    def _flush(self) -> None:
        self._is_flush_due = False
        self._lanes.flush()

    def _sweep_again(self, loop: asyncio.AbstractEventLoop) -> None:
        self.sweep()
        self._is_sweep_due = not self._lanes.is_idle()
        if self._is_sweep_due:
            loop.call_later(SWEEP_SECONDS, self._sweep_again, loop)

    def _give_back(self, batch: list[Pending], note: OutcomeNote) -> None:
        """Nothing of these was appended: say so."""
        now_ns = self._now_ns()
        for pending in batch:
            self._waiting.settle(pending, not_accepted(note), seq=0, now_ns=now_ns)

    def _tell_now(self, request: Request, index: int, answer: Answer) -> None:
        request.settle(index, answer, now_ns=self._now_ns())
