import { useEffect, useState } from 'react';

import type { ICard, IPreflight } from '../api/card';
import type { IFaasManager } from '../tokens';

/**
 * Return the preflight check against the current target. It is requested if the card's own check is
 * for another target or was made while the host was unreachable. Return null while the card's own
 * check is the best that is available.
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
        // The server may not have the package. The card then keeps its own check.
      }
    );
    return () => {
      stopped = true;
    };
  }, [wanted, asked]);

  return wanted && found?.asked === asked ? found.answer : null;
}
