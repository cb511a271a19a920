import React, { useEffect, useRef, useState } from 'react';

import type { ISession } from '../../api/session';
import { liveWords } from './text';

/** Between two sentences on a session that runs: more often would drown everything else. */
const QUIET_MS = 10_000;

/** Tells a screen reader how a session that was running goes on, and how it ended. */
export function LiveSummary({ session }: { session: ISession | null }): React.ReactElement {
  const [said, setSaid] = useState('');
  const last = useRef({ at: -Infinity, running: false });
  const words = session && (session.running || last.current.running) ? liveWords(session) : null;
  const running = session?.running ?? false;
  useEffect(() => {
    const now = Date.now();
    if (words !== null && (!running || now - last.current.at >= QUIET_MS)) {
      setSaid(words);
      last.current.at = now;
    }
    last.current.running = running;
  }, [words, running]);
  return (
    <div className="jp-Faas-hidden" role="status" aria-live="polite">
      {said}
    </div>
  );
}
