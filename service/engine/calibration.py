"""Times a model's units before the first request, so that the first burst is not admitted by guess."""

import logging
from collections.abc import Callable
from dataclasses import replace

from service.engine.capacity import Capacity, Work
from service.engine.jobs import Row
from service.engine.model import Model

log = logging.getLogger(__name__)

BUDGET = 5.0
"""Seconds of units; what is not known by then is learned from requests."""


def calibrate(model: Model, specimen: Row, capacity: Capacity, clock: Callable[[], float]) -> None:
    """Speaks copies of a row, one alone and then one in every slot. A failure costs what it would have taught."""
    for count in (1, model.info.slots):
        copies = [replace(specimen, seed=specimen.seed + index) for index in range(count)]
        try:
            _speak(model, copies, capacity, clock)
        except Exception:
            log.exception("%s: units of %d rows could not be timed", model.info.name, count)
        finally:
            for row in copies:
                model.drop(row)


def _speak(model: Model, copies: list[Row], capacity: Capacity, clock: Callable[[], float]) -> None:
    done = {row: Work() for row in copies}
    decoding = [row for row in copies if model.open(row)]
    until = clock() + BUDGET / 2
    while clock() < until:
        start = clock()
        if windows := model.due()[: model.info.render_batch]:
            given = model.render(windows)
            capacity.render.learn(len(windows), clock() - start)
            for rendered in given:
                done[rendered.row].add(rendered.samples.size)
                if rendered.last:
                    model.drop(rendered.row)
                    capacity.learn_row(done[rendered.row])
        elif decoding:
            more = model.decode(decoding)
            capacity.decode.learn(len(decoding), clock() - start)
            for row in decoding:
                done[row].steps += 1
            decoding = [row for row, wants in zip(decoding, more, strict=True) if wants]
        else:
            break
