import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { h, type VirtualElement } from '@lumino/virtualdom';
import type { Menu } from '@lumino/widgets';

import { CommandIDs } from '../commands';
import type { IActivationRow } from '../sidebar/activations/rows';
import type { IFaasManager } from '../tokens';

/** A line between entries is nothing to stop at; Lumino's own can be. */
class EntryRenderer extends MenuSvg.Renderer {
  override renderItem(data: Menu.IRenderData): VirtualElement {
    return data.item.type === 'separator'
      ? h.li(
          {
            className: this.createItemClass(data),
            dataset: this.createItemDataset(data),
            role: 'separator'
          },
          this.renderIcon(data),
          this.renderLabel(data),
          this.renderShortcut(data),
          this.renderSubmenu(data)
        )
      : super.renderItem(data);
  }
}

/** Shows a command's caption where other menus show its shortcut. */
class CaptionRenderer extends EntryRenderer {
  override renderShortcut(data: Menu.IRenderData): VirtualElement {
    const words = data.item.command === CommandIDs.useTarget ? data.item.caption : '';
    return h.div({ className: 'lm-Menu-itemShortcut jp-FaasMenu-caption' }, words);
  }
}

/** What can be done with a function, with what runs it by itself, and to be rid of it. */
const OF_FUNCTION = [
  CommandIDs.invokeFunction,
  CommandIDs.openFunction,
  CommandIDs.openCosts,
  CommandIDs.rollBack,
  CommandIDs.showHistory,
  CommandIDs.openFlow,
  CommandIDs.showCell,
  CommandIDs.copyUrl,
  CommandIDs.copyCurl
];
const OF_RULE = [CommandIDs.fireTrigger, CommandIDs.pauseRule, CommandIDs.resumeRule];
const AT_THE_END = [CommandIDs.removeFunction];

/** The ⋯ menu of a function, in the sidebar and on its card. */
export function openFunctionMenu(
  commands: CommandRegistry,
  manager: IFaasManager,
  name: string,
  under: HTMLElement
): Menu {
  const menu = new MenuSvg({ commands, renderer: new EntryRenderer() });
  const groups = [
    { ids: OF_FUNCTION, args: { name } },
    ...manager.triggers.of(name).map(({ rule }) => ({ ids: OF_RULE, args: { name, rule } })),
    { ids: AT_THE_END, args: { name } }
  ];
  for (const { ids, args } of groups) {
    const items = ids.filter(command => commands.isVisible(command, args));
    if (items.length > 0 && menu.items.length > 0) {
      menu.addItem({ type: 'separator' });
    }
    items.forEach(command => menu.addItem({ command, args }));
  }
  open(menu, under, true);
  return menu;
}

/** The menu of a run; of a session also what it is a run of. */
export function openActivationMenu(
  commands: CommandRegistry,
  { id, kind, entry }: Pick<IActivationRow, 'id' | 'kind' | 'entry'>,
  under: HTMLElement
): Menu | null {
  if (kind === 'conductors') {
    return null;
  }
  const menu = new MenuSvg({ commands });
  menu.addItem({ command: CommandIDs.openSession, args: { id } });
  const args = { id, name: entry.name };
  [CommandIDs.openFlow, CommandIDs.openCell]
    .filter(command => commands.isVisible(command, args))
    .forEach(command => menu.addItem({ command, args }));
  open(menu, under, true);
  return menu;
}

/** The menu of the target line. */
export function openTargetMenu(
  commands: CommandRegistry,
  manager: IFaasManager,
  under: HTMLElement
): Menu {
  const menu = new MenuSvg({ commands, renderer: new CaptionRenderer() });
  menu.addClass('jp-FaasMenu');
  for (const { name } of manager.status?.targets ?? []) {
    menu.addItem({ command: CommandIDs.useTarget, args: { name } });
  }
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.startPlayground });
  menu.addItem({ command: CommandIDs.stopPlayground });
  open(menu, under, false);
  return menu;
}

function open(menu: Menu, under: HTMLElement, right: boolean): void {
  const { left, right: end, bottom } = under.getBoundingClientRect();
  // What opened the menu gets the keyboard back, as with JupyterLab's own menus.
  const focused = document.activeElement;
  menu.aboutToClose.connect(() => {
    if (focused instanceof HTMLElement && focused.isConnected) {
      focused.focus();
    }
    requestAnimationFrame(() => menu.dispose());
  });
  menu.open(right ? end : left, bottom, right ? { horizontalAlignment: 'right' } : {});
  if (focused?.matches(':focus-visible')) {
    menu.activeIndex = 0;
  }
}
