"""Reads that are asked so often that writing their SQL would take longer than answering them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Model, QuerySet

STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda place: BigIntegerField.MAX_BIGINT - place,
    str: lambda place: f"stands for value {place}",
}


def prepared(*kinds: type) -> Callable[[Callable[..., QuerySet]], Callable[..., list]]:
    """Have Django write the SQL of a queryset once in each process; each call gives the rows for the values given.

    The decorated function takes as many values as there are `kinds` (int or str), and hands each on to a filter as it
    is: it is called once only, with values that stand for others. What it annotates is on the rows as always; what it
    joins to fill related objects is not. A number that no database has finds nothing, as in any filter.
    Raises ValueError for a value that isn't found in the SQL.
    """
    stand_ins = [STAND_INS[kind](place) for place, kind in enumerate(kinds)]

    def decorate(make: Callable[..., QuerySet]) -> Callable[..., list]:
        @functools.lru_cache(maxsize=2)
        def written(_vendor: str) -> tuple[type[Model], str, list[tuple[int | None, Any]]]:
            queryset = make(*stand_ins)
            sql, parameters = queryset.query.sql_with_params()
            places = [(stand_ins.index(one) if one in stand_ins else None, one) for one in parameters]
            if missing := set(range(len(kinds))) - {place for place, _one in places}:
                raise ValueError(f"{make.__qualname__} hides its values {sorted(missing)} from the database")
            return queryset.model, sql, places

        @functools.wraps(make)
        def ask(*values: Any) -> list:
            model, sql, places = written(connection.vendor)
            if any(isinstance(one, int) and abs(one) > BigIntegerField.MAX_BIGINT for one in values):
                return []
            parameters = [one if place is None else values[place] for place, one in places]
            return list(model._base_manager.raw(sql, parameters))

        return ask

    return decorate
