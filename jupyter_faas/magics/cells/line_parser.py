"""Split a magic's line into words, at whitespace outside quotes and brackets.

Shell rules would remove the quotes from ``--sample df[["age", "class"]]`` and would split ``X[:,
:2]`` at the space.
"""

from __future__ import annotations

from jupyter_faas.errors import InputError

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_QUOTES = "'\""


def split_words(line: str) -> list[str]:
    """Return the words of a line with their quotes.

    Raises InputError if a quote or bracket is not closed.
    """
    words: list[str] = []
    word: list[str] = []
    open_brackets: list[str] = []
    quote = ""
    escaped = False
    for letter in line:
        if quote:
            word.append(letter)
            if not escaped and letter == quote:
                quote = ""
            # A backslash escapes the next character, which may be a backslash too.
            escaped = letter == "\\" and not escaped
        elif letter.isspace() and not open_brackets:
            words += ["".join(word)] if word else []
            word = []
        else:
            word.append(letter)
            if letter in _QUOTES and _opens_quote(word):
                quote = letter
            elif letter in _CLOSING:
                open_brackets.append(_CLOSING[letter])
            # An unmatched closing bracket is kept, because Python reports it when it compiles the
            # expression.
            elif open_brackets and letter == open_brackets[-1]:
                open_brackets.pop()
    if quote or open_brackets:
        missing = quote or open_brackets[-1]
        raise InputError(
            f"Missing {missing} in: {line.strip()}",
            hint=f"Add {missing} where the value ends, for example at the end of the line.",
        )
    return words + (["".join(word)] if word else [])


def unquote(word: str) -> str:
    """Return a word without quotes around it or around its value (``key="two words"``)."""
    key, equals, value = word.partition("=")
    if equals and _is_quoted(value) and not _is_quoted(word):
        return f"{key}={value[1:-1]}"
    return word[1:-1] if _is_quoted(word) else word


def _opens_quote(word: list[str]) -> bool:
    """Return whether the last character opens a quote.

    A quote after a letter or digit is an apostrophe (``note=don't``).
    """
    return len(word) < 2 or not word[-2].isalnum()


def _is_quoted(text: str) -> bool:
    return (
        len(text) >= 2
        and text[0] in _QUOTES
        and text[-1] == text[0]
        # The expression 'a' + 'b' starts and ends with a quote but is not one quoted string.
        and text[0] not in text[1:-1].replace(f"\\{text[0]}", "")
    )
