"""Tails of the binomial and the Poisson distribution, exact in log space, and the bounds that follow from them.

A budget multiplies a probability of 10⁻²⁰ by hundreds of millions of accounts, so the tails are kept as logarithms
and every single term is computed without the cancellation that factorials of large numbers bring (Loader, "Fast and
accurate computation of binomial probabilities", 2000: the deviance and the error of Stirling's series).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

_NEGLIGIBLE = -45.0
"""A term smaller than the largest by a factor of e to this cannot change the sum in double precision."""
_STEPS = 80
"""Halvings of an interval of logarithms; more than the 64 bits of a number can tell apart."""
_SERIES_FROM = 16
_LOG_LEAST = math.log(1e-300)


def log_binomial_from(least: int, trials: int, share: float) -> float:
    """Give ln P(X ≥ least) for X binomial with ``trials`` and the probability ``share`` (0 to 1)."""
    if least <= 0:
        return 0.0
    if least > trials or share <= 0:
        return -math.inf
    if share >= 1:
        return 0.0
    if least <= trials * share:
        return _complement(log_binomial_to(least - 1, trials, share))
    odds = share / (1 - share)
    return _sum(_log_binomial(least, trials, share), ((trials - k) / (k + 1) * odds for k in range(least, trials)))


def log_binomial_to(most: int, trials: int, share: float) -> float:
    """Give ln P(X ≤ most) for X binomial with ``trials`` and the probability ``share`` (0 to 1)."""
    if most >= trials or share <= 0:
        return 0.0
    if most < 0 or share >= 1:
        return -math.inf
    if most > trials * share:
        return _complement(log_binomial_from(most + 1, trials, share))
    odds = (1 - share) / share
    return _sum(_log_binomial(most, trials, share), (k / (trials - k + 1) * odds for k in range(most, 0, -1)))


def log_poisson_from(least: int, mean: float) -> float:
    """Give ln P(X ≥ least) for X Poisson with this mean; for few hits among many pictures the binomial's limit."""
    if least <= 0:
        return 0.0
    if mean <= 0:
        return -math.inf
    if least <= mean:
        return _complement(_sum(_log_poisson(least - 1, mean), (k / mean for k in range(least - 1, 0, -1))))
    return _sum(_log_poisson(least, mean), (mean / (k + 1) for k in range(least, least + 10**9)))


def upper_bound(found: int, trials: int, confidence: float) -> float:
    """Bound a share from above: the largest one at which so few would be found with probability 1 - confidence.

    One-sided and exact (Clopper and Pearson, Biometrika 26, 1934), by bisection. Without any found it is
    1 - (1 - confidence)^(1/trials), nearly 3/trials at 95 % (the rule of three). Raises: ValueError for numbers that
    no run can have.
    """
    _require(found, trials, confidence)
    if found == trials:
        return 1.0
    wanted = math.log1p(-confidence)
    return _crossing(lambda share: log_binomial_to(found, trials, share) > wanted)


def lower_bound(found: int, trials: int, confidence: float) -> float:
    """Bound a share from below: the smallest one at which so many would be found with probability 1 - confidence.

    Raises: ValueError for numbers that no run can have.
    """
    _require(found, trials, confidence)
    if found == 0:
        return 0.0
    wanted = math.log1p(-confidence)
    return _crossing(lambda share: log_binomial_from(found, trials, share) < wanted)


def _crossing(below: Callable[[float], bool]) -> float:
    """Find where a condition that holds for small shares ends, between the smallest number and 1."""
    low, high = _LOG_LEAST, 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if below(math.exp(middle)):
            low = middle
        else:
            high = middle
    return math.exp(high)


def _require(found: int, trials: int, confidence: float) -> None:
    if not 0 <= found <= trials or trials < 1:
        raise ValueError(f"found must be 0 to the number of trials, which must be at least 1: {found} of {trials}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1: {confidence}")


def _sum(first: float, ratios: Iterator[float]) -> float:
    """Add terms that shrink from the first on, given its logarithm and the ratio of each to the one before."""
    total, log_term = 1.0, 0.0
    for ratio in ratios:
        log_term += math.log(ratio)
        if log_term < _NEGLIGIBLE:
            break
        total += math.exp(log_term)
    return first + math.log(total)


def _complement(log_share: float) -> float:
    return math.log1p(-min(math.exp(log_share), 1.0)) if log_share < 0 else -math.inf


def _log_binomial(k: int, trials: int, share: float) -> float:
    if k == 0:
        return trials * math.log1p(-share)
    if k == trials:
        return trials * math.log(share)
    rest = trials - k
    scale = 0.5 * math.log(trials / (2 * math.pi * k * rest))
    corrections = _stirling_error(trials) - _stirling_error(k) - _stirling_error(rest)
    return scale + corrections - _deviance(k, trials * share) - _deviance(rest, trials * (1 - share))


def _log_poisson(k: int, mean: float) -> float:
    if k == 0:
        return -mean
    return -_stirling_error(k) - _deviance(k, mean) - 0.5 * math.log(2 * math.pi * k)


def _stirling_error(k: int) -> float:
    """Give ln k! minus Stirling's approximation; a series where the difference itself would lose its digits."""
    if k < _SERIES_FROM:
        return math.lgamma(k + 1) - (k + 0.5) * math.log(k) + k - 0.5 * math.log(2 * math.pi)
    square = 1 / (k * k)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - square / 1188) * square) * square) * square) / k


def _deviance(k: int, mean: float) -> float:
    """Give k·ln(k/mean) + mean - k without cancellation where both are near each other."""
    difference = k - mean
    if abs(difference) >= 0.1 * (k + mean):
        return k * math.log(k / mean) - difference
    ratio = difference / (k + mean)
    total, term, place = difference * ratio, 2 * k * ratio, 1
    while True:
        term *= ratio * ratio
        place += 2
        if total + term / place == total:
            return total
        total += term / place
