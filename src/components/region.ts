/** Makes a document a place that a screen reader can go to. */
export function nameRegion(node: HTMLElement, label: string): void {
  node.setAttribute('role', 'region');
  node.setAttribute('aria-label', label);
}
