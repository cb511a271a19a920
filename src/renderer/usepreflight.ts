import { useEffect, useState } from 'react';

import type { ICard, IPreflight } from '../api/card';
import type { IFaasManager } from '../tokens';

/**
 * Return the preflight check against the current target, if the card's own is for another target or
 * was made while the host was unreachable. Null while the card's own is the best available.
 */
export function usePreflight(
  card: ICard,
  manager: IFaasManager,
  server: boolean
): IPreflight | null {
  const [found, setFound] = useState<{ asked: string; answer: IPreflight } | null>(null);
  const used = manager.target?.name;
  const unheard = card.preflight.some(one => one.check === 'Host');
  const wanted = server && used !== undefined && (used !== card.target.name || unheard);
  const asked = `${card.package} ${used}`;

  useEffect(() => {
    if (!wanted) {
      return;
    }
    let stopped = false;
    manager.api.preflight(card.package).then(
      answer => {
        if (!stopped) {
          setFound({ asked, answer });
        }
      },
      () => {
        // The server may not have the package; the card keeps its own check.
      }
    );
    return () => {
      stopped = true;
    };
  }, [wanted, asked]);

  return wanted && found?.asked === asked ? found.answer : null;
}
