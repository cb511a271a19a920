import { useEffect, useState } from 'react';

import type { ICard, IPreflight } from '../api/card';
import type { IFaasManager } from '../tokens';

/**
 * How the target in use judges the package of a card that was drawn for another one, or before
 * its host had answered. Null while the card's own rows are the best that is known.
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
        // The server may never have had the package; the card keeps what it was drawn with.
      }
    );
    return () => {
      stopped = true;
    };
  }, [wanted, asked]);

  return wanted && found?.asked === asked ? found.answer : null;
}
