"""Python texts with every shape that an edit can meet."""

from __future__ import annotations

from pathlib import Path

import alembic

from alembic_vet.source.file import SourceFile

ONE_LINERS = """\
import os; import sys  # two
x = 1; y = 2 ; z = 3  # three
if x: y = x; z = y  # suite
else: pass
for i in range(3): print(i)
while x: x -= 1
class A: a = 1; b = 2
def f(a, b=1): return a  # returns
def g(): pass
try: f(1)
except ValueError as e: print(e)
finally: g()
with open(os.devnull) as h: h.read()
"""

COMMENTS = '''\
#!/usr/bin/env python
# a header

"""Doc."""

# above the import
import os  # behind the import
# between
from os import (  # open
    path,  # a path
    # alone
    sep,
)  # closed


def f(
    a,  # first
    # before b
    b=(  # paren
        1
    ),
):  # header
    # leading
    g(  # call
        a,  # a
        # before keyword
        k=b,  # b
    )  # done
    # trailing in body

    # after a blank
    return (  # value
        a
        # before plus
        + b
    )
    # at the end

# between functions


async def g(a, k=None):
    # only a comment above
    async with a as b:  # async with
        async for c in b:
            await c  # awaited
            # deep

        # less deep
    # shallow
# module again
x = f(1, 2)
# the end
'''

STRINGS = """\
SQL = '''
select 1
    -- indented
  from t
'''
def f(op, name):
    op.execute('''
    create table t (
a int
    )
    ''')  # text
    if name:
        op.execute(f'''
select {name}
  from {name!r:>{10}}
''', x=f"{name}", y=f'{op.a["b"]}')
        op.execute("a" "b"
                   "c")
        z = "\\
continued"
    return name + \\
        SQL
"""

TABS = """\
def f(a):
\tif a:
\t\tf(
\t\t\ta,
\t\t\tb=1,
\t\t)
\t\t# comment
\telse:
\t\tf(a)
\treturn [
\t\ta,
\t]
"""

EXPRESSIONS = """\
def f(a, b, c, *args, k=lambda x: x + 1, **kw):
    r = a + b * c if a or b and not c else -a ** 2
    s = (a, b), [a, *args], {a: b, **kw}, {a, b}, (c)
    t = [x for x in args if x], {x: 1 for x in args}, (x for x in args)
    u = f(x for x in args), f(*args, **kw), f(a)(b), a.b.c[0][1:2, ::3]
    v = (a  # first
         + b)
    w = f(a, b,
          c, k=1)
    if (n := len(args)) > 1 and a < b <= c != n:
        print(n, end="")
    del r
    assert a, b
    return {**kw}, a if b else c, not a, 1, 1.5, None, ..., "x", b"y", lambda: (yield)


async def g(a):
    b = await a
    c = [await x async for x in a]
    return (await b).c, c
"""

BLOCKS = '''\
import functools


class A(
    object,
):
    """Doc."""

    x: int = 1

    @property
    def a(self):
        """Doc."""

        return self.x

    @functools.lru_cache(
        maxsize=1
    )
    # between decorator and def
    def b(self):

        if self.x:

            y = 1
        elif self.a:
            y = 2

        # a comment

        else:
            y = 3


        try:
            z = y
        except (ValueError, TypeError):
            z = 0
        else:
            z += 1
        finally:
            z -= 1
        match z:
            case 1:
                return 1
            case [a, *_]:
                return a
        while z:
            z -= 1
        else:
            z = 1
        return z


def last(): ...
if A:
    last()
'''

NO_NEWLINE = "import os\n\n\ndef f():\n    return os.sep"

UNICODE = """\
# Überschrift
name = "größe"; wert = name.strip("ß")  # größer
def f(a):
    return f(a, "ä", b=name + "日本")  # 日本
"""

SHAPES = {name.lower(): text for name, text in globals().items() if name.isupper() and isinstance(text, str)}


def env_scripts() -> dict[str, str]:
    """The env.py files of the templates that Alembic ships, and those of the fixtures that parse."""
    templates = Path(alembic.__file__).parent / "templates"
    fixtures = Path(__file__).parents[2] / "fixtures"
    files = [SourceFile(path) for path in sorted([*templates.glob("*/env.py"), *fixtures.glob("**/env.py")])]
    return {f"{file.path.parent.name}{number}": file.text for number, file in enumerate(files) if not file.unparsable}
