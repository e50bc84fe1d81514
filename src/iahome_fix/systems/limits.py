"""How long what this tool does in a database may last, in seconds; the server keeps these limits by itself.

A customer who buys waits behind a lock of this tool. Whatever becomes of the tool's process, its machine or
the network, no such lock is kept for longer than `locking` plus `idle`.
"""

from __future__ import annotations

from dataclasses import dataclass

from iahome_fix import sql
from iahome_fix.systems.database import Params


@dataclass(frozen=True)
class Limits:
    """Seconds.

    Attributes:
        idle: between two statements of a transaction, and of a session that keeps the turn.
        heartbeat: between two signs of life of the session that keeps the turn.
        locking: one statement whose lock may stop sales.
        lock: waiting for a lock, with sales waiting behind.
        patient: a statement that stops nobody.
        ask_again: one wait for the turn.
        commit: the answer to a commit.
        look_up: asking what became of a commit without an answer; longer than `idle`.
    """

    idle: float = 10.0
    heartbeat: float = 3.0
    locking: float = 15.0
    lock: float = 4.0
    patient: float = 15 * 60.0
    ask_again: float = 2.0
    commit: float = 30.0
    look_up: float = 30.0

    def begin(
        self,
        statement: float,
        *,
        lock: float | None = None,
        whole: bool = True,
        until_end: bool = True,
    ) -> Params:
        """The parameters of sql/session/begin.sql.

        Args:
            statement: for one statement.
            lock: for one lock; 0 for no limit, `lock` of this object if None.
            whole: whether the transaction as a whole is limited, too (PostgreSQL 17 and newer).
            until_end: for this transaction; False for the session.
        """
        wait = self.lock if lock is None else lock
        return {
            "until_end": until_end,
            "statement_timeout": milliseconds(statement),
            "lock_timeout": milliseconds(wait) if wait else 0,
            "idle_timeout": milliseconds(self.idle),
            "transaction_timeout": milliseconds(statement + self.idle) if whole else 0,
            "gone_after": milliseconds(2 * self.idle),
        }


def milliseconds(seconds: float) -> int:
    """At least one: none would mean that there is no limit."""
    return max(1, round(seconds * 1000))


def begin_statement() -> str:
    """sql/session/begin.sql."""
    return sql.load("session/begin")
