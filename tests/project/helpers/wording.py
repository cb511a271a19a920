"""Phrases that a native reader does not understand or has to read twice, with better words."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A pattern and what to write instead. Matching ignores case, and line breaks count as spaces.
PHRASES: dict[str, str] = {
    r"tells? (of|that|why|how|which|what|the same|whether|no|nothing)\b": "shows, says or lists",
    r"nothing tells\b": "is not known",
    r"reckon": "computes",
    r"whoever\b": "anyone who, or name the actor",
    r"(nobody|somebody)\b": "name the actor",
    r"besides\b": "also, or in addition to",
    r"by now\b": "now, or leave it out",
    r"mend(s|ed)?\b": "fixes",
    r"(?<!there )(is|are) no (?!longer|more|less)\w+": "is not",
    r"(has|have) none\b": "does not have one",
    r"(at most so|so many times|after so long|so long ago|so often)\b": "name the limit",
    r"when (it is )?missing\b": "Default: …",
    r"made[- ]up\b": "example, or generated",
    r"(something|anything|nothing) always on\b": "an always-on server",
    r"taken off\b": "subtracted",
    r"dearest\b": "most expensive",
    r"go(es)? along\b": "is included",
    r"be had\b": "is available",
    r"parity gate|the gate\b": "parity check",
    r"clean-room runs?\b": "clean-room test",
    r"stands? (by themselves|there|here)\b": "is",
    r"(lies|lie) (in|beside|outside)\b": "is stored",
    r"anew\b": "again",
    r"once more\b": "again",
    r"became of\b": "happened to",
    r"way out\b": "fix",
    r"any more\b": "no longer",
    r"server half\b": "server extension",
    r"(put|puts) (it|them|there|one) (there|first)\b": "deploys",
    r"the very (bytes|same)\b": "the same",
    r"so many\b": "name the number",
    r"answered in words\b": "say what the answer is",
    r"may be left out\b": "optional",
    r"(here|there) alike\b": "in both",
    r"brings? along\b": "includes",
    r"makes clients\b": "generates clients",
    r"travel(s|led|ling)?\b": "is packaged, or is sent",
    r"stays? behind\b": "is not packaged",
    r"(put|send|take|bring)(s|ing)? (\w+ )?along\b": "includes",
    r"meant something else\b": "has changed",
    r"says something else\b": "has been edited",
    r"all the same\b(?=: --)": "anyway",
    r"goes? with (--|\w+ \w+ only)": "can be used only with",
    r"and no (text|list|number|dictionary|name|task|node|whole number)\b": "but must be",
    r"a (\w+ )?module of yours\b": "your module",
    r"answers?, but not as\b": "did not respond like",
    r"in the way\b": "already exists",
    r"last words\b": "last lines of its output",
    r"choked\b": "is too large for",
    r"did not take\b": "rejected, or could not store",
    r"is to be a\b": "must be a",
    r"(says|tells) not\b": "does not name",
    r"nothing to make\b": "needs code",
    r"very edge\b": "decision boundary",
    r"mirror images of each other\b": "symmetric",
    r"with receiving\b": "to receive",
    r"(cell|folder|module) of its own\b": "a separate …",
    r"cannot name a\b": "is not a valid name",
    r"is not the name of (a|an)\b": "is not a valid name",
    r"run in a cell\b": "run this code in a cell, or name what to run",
    r"such (ties|differences|input|rows|values)\b": "these",
    r"damaged on the way\b": "damaged in transit",
    r"put \S+ around it\b": "wrap it in",
    r"calls? of (web actions|the function)\b": "calls to",
    r"pages of other (web)?sites\b": "pages on other websites",
    r"(?<![\w.])as sent\b": "when sent, or the upload size",
    r"what is missing into\b": "the missing code to",
    r"under the conditions of\b": "under the same conditions as",
    r"takes? this into account\b": "includes",
    r"leaves? out\b": "omits",
    r"sources of (the|january|february|march|april|may|june|july|august)\b": "source code from",
    r"whatever (the|its|their) \w+[.,;]": "regardless of",
    r"(is|are) to be\b": "must be",
    r"anything else\b": "any other value",
    r"in turn\b": "one after another",
    r"not have to handle\b": "name the thing",
    r"and \d+ \w+ more\b": "and 12 more rows",
}
_PATTERNS = {
    re.compile(rf"\b(?:{phrase})", re.IGNORECASE): words for phrase, words in PHRASES.items()
}


def odd_phrases(text: str) -> Iterator[str]:
    """Yield ``phrase → better words`` for each odd phrase in a text."""
    text = " ".join(text.split())
    for pattern, words in _PATTERNS.items():
        for found in pattern.finditer(text):
            around = text[max(0, found.start() - 30) : found.end() + 30]
            yield f"{found[0]!r} → {words}: …{around}…"
