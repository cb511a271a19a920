import React, { useEffect, useRef, useState } from 'react';

import type { ISession } from '../../api/session';
import { liveText } from './text';

/** The minimum interval between announcements, so that other announcements are heard. */
const ANNOUNCE_INTERVAL_MS = 10_000;

/** A live region that announces the progress and end of a running session. */
export function LiveRegion({ session }: { session: ISession | null }): React.ReactElement {
  const [said, setSaid] = useState('');
  const last = useRef({ at: -Infinity, running: false });
  const words = session && (session.running || last.current.running) ? liveText(session) : null;
  const running = session?.running ?? false;
  useEffect(() => {
    const now = Date.now();
    if (words !== null && (!running || now - last.current.at >= ANNOUNCE_INTERVAL_MS)) {
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
