"""The fixed words of the pages in a language, and numbers as sales reads them: short, and in words."""
# ruff: noqa: PLR2004 - where one wording ends and the next begins is said once, beside the wording

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pqlml.language import ENGLISH, Language, language, languages

Name = TypeVar("Name", bound=str)

MINUS = "\u2212"


@dataclass(frozen=True)
class Words:
    """What the pages say in a language: the texts ``page.*`` of its file."""

    told_in: Language

    @classmethod
    def of(cls, code: str) -> Words:
        """Return the words of a language; English where a run is in one that this version does not know."""
        return cls(language(code if code in languages() else ENGLISH))

    @property
    def code(self) -> str:
        """Code of the language, for the page's ``lang``."""
        return self.told_in.code

    def say(self, key: str, **slots: object) -> str:
        """Return a text of the page.

        Examples
        --------
        >>> Words.of("en").say("list.title"), Words.of("de").say("list.title")
        ('Who to call today', 'Wen heute anrufen?')
        """
        return self.told_in.text(f"page.{key}", **slots)

    def all_of(self, key: str) -> tuple[str, ...]:
        """Return the texts below a key, in the order of the file."""
        return tuple(text for name, text in self.told_in.texts.items() if name.startswith(f"page.{key}."))

    def dropped(self, reason: str) -> str:
        """Say why entities are not in the list."""
        return self.told_in.find(f"page.dropped.{reason}") or reason.replace("_", " ")

    def percent(self, share: float) -> str:
        """Write a share between 0 and 1 with as many digits as it bears.

        Examples
        --------
        >>> [Words.of("en").percent(share) for share in (0.3412, 0.0449, 0.0002, 0.997)]
        ['34%', '4.5%', 'under 0.1%', 'over 99%']
        >>> Words.of("de").percent(0.0449)
        '4,5 %'
        """
        if share < 0.001:
            return self.say("share.under", share=self._percent(0.001, 1))
        if share > 0.99:
            return self.say("share.over", share=self._percent(0.99, 0))
        return self._percent(share, 1 if share < 0.0995 else 0)

    def odds(self, share: float) -> str:
        """Say a share between 0 and 1 as so many in so many.

        Examples
        --------
        >>> [Words.of("en").odds(share) for share in (0.97, 0.86, 0.52, 0.41, 0.34)]
        ['more than 19 in 20', 'about 9 in 10', 'about 1 in 2', 'about 4 in 10', 'about 1 in 3']
        >>> [Words.of("en").odds(share) for share in (0.0449, 0.00388, 0.0002)]
        ['about 1 in 22', 'about 1 in 260', 'less than 1 in 1,000']
        """
        if share < 0.001:
            return self.say("odds.less", of=self.whole(1000))
        if share > 0.95:
            return self.say("odds.more")
        if share < 0.375:
            one_in = 1 / share if share >= 0.01 else float(f"{1 / share:.2g}")
            return self.say("odds.about", part=1, of=self.whole(one_in))
        tenths = round(10 * share)
        return self.say("odds.about", part=1, of=2) if tenths == 5 else self.say("odds.about", part=tenths, of=10)

    def against_usual(self, share: float, usual: float) -> str:
        """Compare a share with the usual one.

        Examples
        --------
        >>> [Words.of("en").against_usual(share, 0.045) for share in (0.34, 0.07, 0.045, 0.01)]
        ['8 times the usual 4.5%', '1.6 times the usual 4.5%', 'about the usual 4.5%', 'below the usual 4.5%']
        """
        ratio = share / usual if usual > 0 else math.inf
        said = self.percent(usual)
        if ratio < 0.8:
            return self.say("usual.below", usual=said)
        if ratio < 1.25:
            return self.say("usual.about", usual=said)
        if ratio < 1_000:
            return self.say("usual.times", n=self.told_in.numbers.fixed(ratio, 1 if ratio < 3 else 0), usual=said)
        return self.say("usual.far", usual=said)

    def whole(self, number: float) -> str:
        """Write a number as a whole one."""
        return self.told_in.numbers.fixed(number, 0)

    def points(self, number: float) -> str:
        """Write points as a whole number.

        Examples
        --------
        >>> Words.of("en").points(1151.6), Words.of("en").points(-3.2) == MINUS + "3", Words.of("en").points(-0.4)
        ('1,152', True, '0')
        """
        whole = round(number)
        return f"{MINUS if whole < 0 else ''}{self.whole(abs(whole))}"

    def signed_points(self, number: float) -> str:
        """Write a share of points with its sign; what rounds to nothing keeps one decimal.

        Examples
        --------
        >>> Words.of("en").signed_points(18.2), Words.of("de").signed_points(0.32)
        ('+18', '+0,3')
        """
        size = self.told_in.numbers.fixed(abs(number), 0 if abs(number) >= 0.95 else 1)
        return f"{MINUS if number < 0 else '+'}{size}"

    def moment(self, instant: dt.datetime) -> str:
        """Write an instant for a reader.

        Examples
        --------
        >>> Words.of("en").moment(dt.datetime(2026, 3, 1, 6, 5)), Words.of("de").moment(dt.datetime(2026, 3, 1, 6, 5))
        ('1 March 2026, 06:05 UTC', '1. März 2026, 06:05 UTC')
        """
        month = self.say(f"month.m{instant.month:02}")
        return self.say("moment", day=instant.day, month=month, year=instant.year, time=f"{instant:%H:%M}")

    def age(self, duration: dt.timedelta) -> str:
        """Write how old something is, in whole hours up to two days and in whole days after.

        Examples
        --------
        >>> [Words.of("en").age(dt.timedelta(hours=hours)) for hours in (1, 40, 77)]
        ['1 hour', '40 hours', '3 days']
        """
        hours = int(duration.total_seconds() // 3600)
        return self.counted(hours, "hour") if hours < 48 else self.counted(hours // 24, "day")

    def counted(self, number: float, things: str) -> str:
        """Write a number of things.

        Examples
        --------
        >>> english = Words.of("en")
        >>> english.counted(1, "account"), english.counted(1_234_567, "account"), english.counted(7.5, "day")
        ('1 account', '1,234,567 accounts', '7.5 days')
        """
        shown = self.told_in.numbers.fixed(number, 0 if number == int(number) else 1)
        return self.say(f"counted.{things}.{'one' if number == 1 else 'many'}", n=shown)

    def _percent(self, share: float, digits: int) -> str:
        numbers = self.told_in.numbers
        return numbers.percent.format(n=numbers.fixed(100 * share, digits))


def whole_shares(shares: Mapping[Name, float]) -> dict[Name, int]:
    """Round shares to whole numbers whose sum is the rounded sum, changing each as little as possible.

    Examples
    --------
    >>> whole_shares({"value": 12.4, "team": 13.4, "fit": -2.6})
    {'value': 13, 'team': 13, 'fit': -3}
    """
    floors = {name: math.floor(share) for name, share in shares.items()}
    missing = round(math.fsum(shares.values())) - sum(floors.values())
    by_remainder = sorted(shares, key=lambda name: floors[name] - shares[name])
    return {name: floor + (name in by_remainder[:missing]) for name, floor in floors.items()}


def sentence(text: str) -> str:
    """Begin a text with a capital letter.

    Examples
    --------
    >>> sentence("hit the project limit 3 times")
    'Hit the project limit 3 times'
    """
    return text[:1].upper() + text[1:]
