import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { h, type VirtualElement } from '@lumino/virtualdom';
import type { Menu } from '@lumino/widgets';

import { CommandIDs } from '../commands';
import { openMenu } from '../documents/openmenu';
import type { IActivationRow } from '../sidebar/activations/rows';
import type { IFaasManager } from '../tokens';

/**
 * Renders separators with the role `separator`. Screen readers announce Lumino's separators as menu
 * items.
 */
class MenuRenderer extends MenuSvg.Renderer {
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

/** Shows the caption of a command in place of its shortcut. */
class CaptionRenderer extends MenuRenderer {
  override renderShortcut(data: Menu.IRenderData): VirtualElement {
    const words = data.item.command === CommandIDs.useTarget ? data.item.caption : '';
    return h.div({ className: 'lm-Menu-itemShortcut jp-FaasMenu-caption' }, words);
  }
}

/**
 * The commands in a function's menu, the commands for each of its rules, and the destructive
 * commands at the end.
 */
const FUNCTION_COMMANDS = [
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
const RULE_COMMANDS = [CommandIDs.fireTrigger, CommandIDs.pauseRule, CommandIDs.resumeRule];
const LAST_COMMANDS = [CommandIDs.removeFunction];

/** Open the ⋯ menu of a function, which the sidebar and the function's card share. */
export function openFunctionMenu(
  commands: CommandRegistry,
  manager: IFaasManager,
  name: string,
  under: HTMLElement
): Menu {
  const menu = new MenuSvg({ commands, renderer: new MenuRenderer() });
  const groups = [
    { ids: FUNCTION_COMMANDS, args: { name } },
    ...manager.triggers.of(name).map(({ rule }) => ({ ids: RULE_COMMANDS, args: { name, rule } })),
    { ids: LAST_COMMANDS, args: { name } }
  ];
  for (const { ids, args } of groups) {
    const items = ids.filter(command => commands.isVisible(command, args));
    if (items.length > 0 && menu.items.length > 0) {
      menu.addItem({ type: 'separator' });
    }
    items.forEach(command => menu.addItem({ command, args }));
  }
  openMenu(menu, under, 'right');
  return menu;
}

/** Open the menu of an activation. For a session, it includes commands on the composition. */
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
  openMenu(menu, under, 'right');
  return menu;
}

/** Open the menu that switches the target. */
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
  const add = (command: string) => menu.addItem({ command, args: { menu: true } });
  add(CommandIDs.addTarget);
  menu.addItem({ type: 'separator' });
  add(CommandIDs.followDefault);
  add(CommandIDs.makeDefault);
  menu.addItem({ type: 'separator' });
  add(CommandIDs.startPlayground);
  add(CommandIDs.stopPlayground);
  openMenu(menu, under, 'left');
  return menu;
}
