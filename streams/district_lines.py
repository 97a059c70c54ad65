"""On which line of a TOML text each key stands. tomllib tells that only for syntax errors."""

import re

#: Keys from the top of the document; a number is the place in an array, from 0.
Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\'',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def lines_of(text: str) -> dict[Path, int]:
    """Path -> line, counted from 1, of every key, table and array element. `text` must be valid TOML."""
    return _Scan(text.replace("\r\n", "\n")).run()


class _Scan:
    """Reads statements one after another; trusts that tomllib found them well formed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._line = 1
        self._counted = 0

    def run(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip() < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _header(self) -> Path:
        many = self._text.startswith("[[", self._at)
        here = self._at
        self._at += 2 if many else 1
        keys = self._keys()
        self._at += 2 if many else 1
        path: Path = ()
        for place, key in enumerate(keys):
            path = (*path, key)
            if many and place == len(keys) - 1:
                self._counts[path] = self._counts.get(path, 0) + 1
                self._note(path, here)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
            self._note(path, here)
        return path

    def _pair(self, table: Path) -> None:
        here = self._at
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path, here)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip()
        self._note(path, self._at)
        if self._text.startswith("[", self._at):
            self._array(path)
        elif self._text.startswith("{", self._at):
            self._inline(path)
        elif (string := _STRING.match(self._text, self._at)) is not None:
            self._at = string.end()
        else:
            scalar = _SCALAR.match(self._text, self._at)
            self._at = self._at if scalar is None else scalar.end()

    def _array(self, path: Path) -> None:
        self._at += 1
        place = 0
        while not self._closed("]"):
            self._value((*path, place))
            place += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while not self._closed("}"):
            self._pair(path)

    def _closed(self, bracket: str) -> bool:
        """Step over blanks and a comma, and over the bracket when it is there."""
        while self._skip() < len(self._text) and self._text[self._at] == ",":
            self._at += 1
        if self._at >= len(self._text) or self._text[self._at] == bracket:
            self._at += 1
            return True
        return False

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._skip() < len(self._text) and self._text[self._at] == ".":
            self._at += 1
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        self._skip()
        quoted = _STRING.match(self._text, self._at)
        found = quoted or _BARE_KEY.match(self._text, self._at)
        if found is None:
            raise ValueError(f"no key at {self._at}")
        self._at = found.end()
        if quoted is None:
            return found[0]
        inner = found[0][1:-1]
        return _ESCAPE.sub(_unescape, inner) if found[0][0] == '"' else inner

    def _skip(self) -> int:
        found = _SPACE.match(self._text, self._at)
        self._at = self._at if found is None else found.end()
        return self._at

    def _note(self, path: Path, at: int) -> None:
        # positions only grow, so each newline is counted once
        if at > self._counted:
            self._line += self._text.count("\n", self._counted, at)
            self._counted = at
        self._lines.setdefault(path, self._line)


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code, code)
