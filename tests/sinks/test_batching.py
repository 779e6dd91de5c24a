"""How many points go into one request."""

from __future__ import annotations

from source.sinks.batching import GROW_AFTER, BatchSize


def fit(size: BatchSize, times: int) -> None:
    for _ in range(times):
        size.fitted(size.points)


def test_it_begins_with_the_limit() -> None:
    assert BatchSize(5_000).points == 5_000


def test_a_batch_that_was_too_large_is_halved() -> None:
    size = BatchSize(5_000)
    size.too_large(5_000)
    assert size.points == 2_500
    size.too_large(2_500)
    assert size.points == 1_250


def test_what_counts_is_how_many_points_were_sent() -> None:
    size = BatchSize(5_000)
    size.too_large(300)
    assert size.points == 150


def test_a_part_of_an_older_larger_batch_does_not_make_it_grow() -> None:
    size = BatchSize(5_000)
    size.too_large(1_000)
    size.too_large(4_000)
    assert size.points == 500


def test_it_never_falls_below_one_point() -> None:
    size = BatchSize(5_000)
    size.too_large(1)
    size.too_large(1)
    assert size.points == 1


def test_it_doubles_after_some_full_batches() -> None:
    size = BatchSize(5_000)
    size.too_large(1_000)
    fit(size, GROW_AFTER - 1)
    assert size.points == 500
    fit(size, 1)
    assert size.points == 1_000


def test_it_grows_back_to_the_limit_and_not_beyond() -> None:
    size = BatchSize(5_000)
    size.too_large(1)
    fit(size, 20 * GROW_AFTER)
    assert size.points == 5_000


def test_batches_that_were_not_full_tell_nothing() -> None:
    size = BatchSize(5_000)
    size.too_large(1_000)
    for _ in range(3 * GROW_AFTER):
        size.fitted(499)
    assert size.points == 500


def test_it_counts_anew_after_each_that_was_too_large() -> None:
    size = BatchSize(5_000)
    size.too_large(1_000)
    fit(size, GROW_AFTER - 1)
    size.too_large(500)
    fit(size, GROW_AFTER - 1)
    assert size.points == 250
