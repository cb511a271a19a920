import { openRunsOnClick } from './runlinks';

const ID = '5f2a8f0b8c7d4e3fa1b2c3d4e5f60719';

function opened(html: string, press: (button: HTMLElement) => void): string[] {
  const node = document.createElement('div');
  node.innerHTML = html;
  document.body.append(node);
  const ids: string[] = [];
  const listeners = openRunsOnClick(node, id => ids.push(id));
  press(node.querySelector('button')!);
  listeners.dispose();
  press(node.querySelector('button')!);
  node.remove();
  return ids;
}

test('a click on an id opens the activation', () => {
  const html = `<td><button data-faas-activation="${ID}">5f2a8f0b</button></td>`;
  expect(opened(html, button => button.click())).toEqual([ID]);
});

test.each(['', '../target', `${ID}0`, ID.toUpperCase(), 'javascript:alert(1)'])(
  '%j in the HTML of an output opens nothing',
  id => {
    const html = `<button data-faas-activation="${id}">x</button>`;
    expect(opened(html, button => button.click())).toEqual([]);
  }
);

test('Enter on an id does not reach the notebook', () => {
  let reached = 0;
  const count = () => (reached += 1);
  document.body.addEventListener('keydown', count);
  const press = (button: HTMLElement) =>
    button.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  opened(`<button data-faas-activation="${ID}">5f2a8f0b</button>`, press);
  document.body.removeEventListener('keydown', count);
  // The second press came after the listeners were disposed of.
  expect(reached).toBe(1);
});
