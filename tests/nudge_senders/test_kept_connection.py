"""How often is logged in: once for many transactions, and again only where the connection cannot be used."""

from __future__ import annotations

import pytest

from nudge_senders.ledger.kept_connection import KeptConnection


class Connection:
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


class Service:
    """Counts the log-ins, and has a clock of its own."""

    def __init__(self) -> None:
        self.made: list[Connection] = []
        self.now = 0.0
        self.kept = KeptConnection(self.connect, monotonic=lambda: self.now)

    def connect(self) -> Connection:
        self.made.append(Connection())
        return self.made[-1]


def test_many_transactions_share_one_log_in() -> None:
    service = Service()
    for _ in range(5):
        with service.kept.lent() as connection:
            assert not connection.is_closed

    assert len(service.made) == 1
    service.kept.close()
    assert service.made[0].is_closed


def test_a_transaction_within_another_has_a_connection_of_its_own() -> None:
    service = Service()
    with service.kept.lent() as outer, service.kept.lent() as inner:
        assert inner is not outer

    assert [connection.is_closed for connection in service.made] == [True, False]


def test_after_an_error_nobody_else_gets_the_connection() -> None:
    service = Service()
    with pytest.raises(ZeroDivisionError), service.kept.lent():
        raise ZeroDivisionError
    with service.kept.lent():
        pass

    assert [connection.is_closed for connection in service.made] == [True, False]


def test_a_connection_that_lay_idle_for_long_is_not_used_again() -> None:
    service = Service()
    with service.kept.lent():
        service.now = 1000.0
    service.now = 1299.0
    with service.kept.lent():
        pass
    service.now = 1700.0
    with service.kept.lent():
        pass

    assert [connection.is_closed for connection in service.made] == [True, False]
