"""Places where code lets its surroundings in are named."""

from __future__ import annotations

import pytest

from plse.proof.leaks import leaks

LEAKS = {
    "a clock": ("import time\ntime.time()\n", "clock: time.time() at 2"),
    "a clock by another name": (
        "from time import time as now\n\nnow()\n",
        "clock: now() at 3",
    ),
    "today": (
        "from datetime import date\ndate.today()\n",
        "clock: date.today() at 2",
    ),
    "local time": (
        "import time\ntime.localtime(0)\n",
        "time zone: time.localtime() at 2",
    ),
    "the zone of a naive time": (
        "def f(when):\n    return when.timestamp()\n",
        "time zone: when.timestamp() at 2",
    ),
    "an encoding left open": (
        "open('a', 'w')\n",
        "locale: open() without an encoding at 1",
    ),
    "chance": (
        "import random\nrandom.random()\n",
        "chance: random.random() at 2",
    ),
    "a loop over a set": (
        "words = {'a', 'b'}\nfor word in words:\n    print(word)\n",
        "hash seed: set order at 2",
    ),
    "a list of a set": ("list({1, 2} | {3})\n", "hash seed: set order at 1"),
    "any member of a set": (
        "def f(words: set[str]):\n    return words.pop()\n",
        "hash seed: set order at 2",
    ),
    "a set in a text": (
        "s = set('ab')\nprint(f'{s}')\n",
        "hash seed: set order at 2",
    ),
    "a hash": ("hash('a')\n", "hash seed: hash() at 1"),
    "an address": ("id(7)\n", "chance: id() at 1"),
    "a file of the machine": (
        "open('/etc/hostname', 'rb')\n",
        "machine: '/etc/hostname' at 1",
    ),
    "the user": (
        "import getpass\ngetpass.getuser()\n",
        "machine: getpass.getuser() at 2",
    ),
    "what tests share": ("SEEN = []\n", "test order: the global SEEN at 1"),
}


@pytest.mark.parametrize("phrase", LEAKS)
def test_leaks(phrase):
    code, expected = LEAKS[phrase]
    found = [
        f"{each.kind}: {each.what} at {each.line}" for each in leaks(code)
    ]
    assert expected in found


SOUND = {
    "a sorted set": "for word in sorted({'a', 'b'}):\n    print(word)\n",
    "a counted set": "print(len(set('ab')), sum({1, 2}), max(set('ab')))\n",
    "a sum over a set": "print(sum(n * 2 for n in {1, 2}))\n",
    "membership": "print(1 in {1, 2})\n",
    "a list popped": "words = ['a']\n\n\ndef f(words):\n    words.pop()\n",
    "a stated encoding": "open('a', encoding='utf-8')\nopen('a', 'rb')\n",
    "a temporary file": "open('/tmp/a', 'rb')\n",
    "a function of the same name": "def time():\n    return 1\n\n\ntime()\n",
}


@pytest.mark.parametrize("phrase", SOUND)
def test_what_lets_nothing_in(phrase):
    found = {leak.kind for leak in leaks(SOUND[phrase])}
    assert found <= {"test order"}
