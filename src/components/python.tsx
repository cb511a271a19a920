import React from 'react';

/** Matches magics, keywords, built-in types and strings. */
const TOKENS =
  /(^%%?\w+)|\b(def|from|import|return)\b|\b(bool|bytes|dict|float|int|list|None|object|set|str|tuple)\b|("[^"\n]*"|'[^'\n]*')/gm;

const CLASSES = ['magic', 'keyword', 'builtin', 'string'];

/** Python code with syntax colours, for a few lines such as signatures. */
export function PythonCode({ text }: { text: string }): React.ReactElement {
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
