/** A notebook takes Enter on anything in it for the wish to edit the cell: on a button it presses. */
export function keepFromNotebook(event: KeyboardEvent): void {
  const pressed =
    event.target instanceof Element && event.target.matches('button, a, [role=button]');
  if (pressed && event.key === 'Enter' && !event.ctrlKey && !event.shiftKey && !event.altKey) {
    event.stopPropagation();
  }
}
