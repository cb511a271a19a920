import React from 'react';

/** Magic, keyword, built-in type, string: what the editor colours in a few lines of Python. */
const TOKENS =
  /(^%%?\w+)|\b(def|from|import|return)\b|\b(bool|bytes|dict|float|int|list|None|object|set|str|tuple)\b|("[^"\n]*"|'[^'\n]*')/gm;

const CLASSES = ['magic', 'keyword', 'builtin', 'string'];

/** Python as coloured text: signatures and the example cell. */
export function Python({ text }: { text: string }): React.ReactElement {
  const pieces: React.ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const kind = CLASSES[match.slice(1).findIndex(Boolean)];
    pieces.push(text.slice(end, match.index));
    pieces.push(
      <span key={match.index} className={`jp-FaasPython-${kind}`}>
        {match[0]}
      </span>
    );
    end = match.index + match[0].length;
  }
  pieces.push(text.slice(end));
  return <>{pieces}</>;
}
