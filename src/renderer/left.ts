/** How long a cell may run until the keyboard is given to what it shows then. */
const PATIENCE_MS = 60_000;

/** In which cell an output was removed while it had the keyboard. */
export class LeftCell {
  leave(cellId: string): void {
    this._cellId = cellId;
    this._at = Date.now();
  }

  /** Whether it was in this cell, and nobody has taken the keyboard elsewhere since. */
  isMissedIn(cellId: string): boolean {
    const missed =
      this._cellId === cellId &&
      Date.now() - this._at < PATIENCE_MS &&
      document.activeElement === document.body;
    if (this._cellId === cellId) {
      this._cellId = null;
    }
    return missed;
  }

  private _cellId: string | null = null;
  private _at = 0;
}
