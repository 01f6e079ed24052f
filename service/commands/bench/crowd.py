"""The processes that listen. They share no interpreter with what they measure, nor with each other."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from service.commands.bench.listeners import Session, connect, listen_all
from service.commands.bench.schedule import Visit

LONGEST_START = 60.0
"""Seconds until every process has connected."""


def send_crowd(target: str, visits: Sequence[Visit], processes: int) -> Session:
    """Makes the visits, dealt out to so many processes that begin together. Raises OSError if one of them dies."""
    connect(target)
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(processes)
    workers = []
    for share in (visits[index::processes] for index in range(processes)):
        ours, theirs = spawn.Pipe(duplex=False)
        worker = spawn.Process(target=_listen, args=(target, share, barrier, theirs), daemon=True)
        worker.start()
        theirs.close()
        workers.append((worker, ours))
    sessions = [_collect(ours) for _, ours in workers]
    for worker, _ in workers:
        worker.join()
    heard = sorted((each for session in sessions for each in session.heard), key=lambda each: each.at)
    return Session(heard, [lag for session in sessions for lag in session.lags])


def _collect(pipe: Connection) -> Session:
    try:
        session = pipe.recv()
    except EOFError:
        raise OSError("a process of listeners ended before its time") from None
    if isinstance(session, str):
        raise OSError(session)
    assert isinstance(session, Session)  # noqa: S101
    return session


def _listen(target: str, visits: Sequence[Visit], barrier: Barrier, pipe: Connection) -> None:
    try:
        pipe.send(asyncio.run(listen_all(target, visits, lambda: barrier.wait(LONGEST_START))))
    except Exception as error:  # noqa: BLE001 - told to the process that asked
        barrier.abort()
        pipe.send(f"{target}: {error or type(error).__name__}")
