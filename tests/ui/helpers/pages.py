"""The page that one test leaves to the next.

Loading JupyterLab takes 2 to 3 s of processor time. A page that shows JupyterLab is therefore
emptied after a test: its documents are closed without saving, and its sidebars are restored. What
it shows then is compared with what it showed when JupyterLab was new. If anything differs (a
dialog, a notification, a text in a filter), the page is closed, and the next test loads JupyterLab
again.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, ViewportSize
from playwright.sync_api import Error as PlaywrightError

VIEWPORT: ViewportSize = {"width": 1440, "height": 1000}
_STORAGE = "local_storage,indexeddb,service_workers"

# Remember the sidebars of a new JupyterLab, and how to list what tests leave.
_REMEMBER = """() => {
  const { shell } = window.jupyterapp;
  const all = selector => [...document.querySelectorAll(selector)];
  const inSidebars = selector => all(`#jp-left-stack ${selector}, #jp-right-stack ${selector}`);
  const remains = () => [
    ...all('.jp-Dialog, .lm-Menu, .Toastify__toast').map(one => one.className),
    ...inSidebars('input, textarea').map(one => one.checked || one.value),
    ...inSidebars('select').filter(one => one.selectedIndex > 0).map(one => one.value),
    ...all('.jp-FaasSidebar [role=treeitem][aria-expanded=true]').map(one => one.textContent),
    `${document.querySelector('.jp-Notification-Status')?.textContent} notifications`,
  ];
  const { leftArea, rightArea, relativeSizes } = shell.saveLayout();
  const layout = { mainArea: null, leftArea, rightArea, relativeSizes };
  window.newLab = { layout, remains, usual: ['', ...remains()] };
}"""
# Close all documents and restore the sidebars. Return false if anything else remains.
_EMPTY = """async () => {
  const { jupyterapp: app, newLab } = window;
  if (!app || !newLab) {
    return false;
  }
  const { shell } = app;
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const documents = () => [...shell.widgets('main')].filter(one => !one.id.startsWith('launcher'));
  document.activeElement?.blur();
  for (const one of documents()) {
    if (one.context) {
      // Do not ask whether to save.
      one.context.model.dirty = false;
    }
    one.close();
  }
  for (let tries = 0; documents().length > 0; tries++) {
    if (tries === 100) {
      return false;
    }
    await frame();
  }
  // Toasts take half a second to disappear.
  const notifications = () => document.querySelectorAll('.Toastify__toast').length > 0
    || document.querySelector('.jp-Notification-Status')?.textContent !== '0';
  if (notifications() && app.commands.hasCommand('apputils:display-notifications')) {
    const press = title => document.querySelector(`.jp-Notification-Header [title="${title}"]`);
    await app.commands.execute('apputils:display-notifications');
    for (let tries = 0; notifications() && tries < 200; tries++) {
      press('Dismiss all notifications')?.click();
      await frame();
    }
    press('Hide notifications')?.click();
  }
  if (newLab.remains().some(one => !newLab.usual.includes(one))) {
    return false;
  }
  const sidebar = [...shell.widgets('left')].find(one => one.id === 'jupyter_faas:sidebar');
  if (sidebar) {
    // The private members of a new one. It sizes its sections once, when it is first shown.
    const reset = (object, name, value) => {
      if (!(name in object)) {
        throw new Error(`the sidebar has no member ${name} to reset any more`);
      }
      object[name] = value;
    };
    reset(sidebar, '_foldedCosts', false);
    reset(sidebar, '_sizedByUser', false);
    // It would show the functions that it last knew while a target does not answer.
    const { manager } = sidebar._options;
    reset(manager, '_generation', manager._generation + 1);
    reset(manager, '_status', null);
    reset(manager, '_condition', { kind: 'loading' });
    manager._clear();
    manager._lists.clear();
    manager._changed.emit();
  }
  shell.expandLeft();
  const saved = { isDeferred: false, fetch: async () => newLab.layout };
  await shell.restoreLayout('multiple-document', saved);
  sessionStorage.clear();
  await frame();
  return true;
}"""
_TOKEN = "() => window.jupyterapp?.serviceManager.serverSettings.token"
_OPEN = """async path => {
  const { commands, shell } = window.jupyterapp;
  // A new JupyterLab would know what the target has now.
  if (commands.hasCommand('faas:refresh')) {
    await commands.execute('faas:refresh');
  }
  await commands.execute('docmanager:open', { path });
  for (const one of [...shell.widgets('main')]) {
    if (one.id.startsWith('launcher')) {
      one.close();
    }
  }
}"""


def remember_new_lab(page: Page) -> None:
    """Prepare the page for being emptied. JupyterLab has just been loaded in it.

    The widths of the sidebars are only remembered for the usual size of the window.
    """
    if page.viewport_size == VIEWPORT:
        page.evaluate(_REMEMBER)


def open_in_emptied(page: Page, url: str, token: str, path: str) -> bool:
    """Empty the page and open a notebook in it, if it shows JupyterLab of this URL and token.

    Return whether this was possible. Running kernels are kept, as they are by a reload.
    """
    if not page.url.startswith(f"{url}/lab") or page.evaluate(_TOKEN) != token:
        return False
    if not page.evaluate(_EMPTY):
        return False
    page.evaluate(_OPEN, path)
    return True


def _is_emptied(page: Page) -> bool:
    """Empty the page, and return whether nothing of the test remains."""
    page.unroute_all(behavior="ignoreErrors")
    page.mouse.move(0, 0)
    if page.locator(".jp-Dialog").count() > 0:
        page.keyboard.press("Escape")
    if page.viewport_size != VIEWPORT:
        page.set_viewport_size(VIEWPORT)
    try:
        emptied: bool = page.evaluate(_EMPTY)
    except PlaywrightError:  # something was being loaded
        return False
    return emptied


class Pages:
    """The page of a browser that one test after the other uses."""

    def __init__(self, profile: BrowserContext, timeout_ms: float) -> None:
        self.profile = profile
        self.timeout_ms = timeout_ms
        self.page: Page | None = None
        (self._first,) = profile.pages  # without a page, the browser would end

    def take(self) -> Page:
        if self.page is None:
            self.page = self.profile.new_page()
            self.page.set_default_timeout(self.timeout_ms)
        return self.page

    def empty(self) -> None:
        """Keep the page for the next test if nothing of this test remains in it."""
        if self.page is not None and len(self.profile.pages) == 2 and _is_emptied(self.page):
            self._forget(self.page.url, "local_storage")
            self.profile.clear_permissions()
        else:
            self.close()

    def close(self) -> None:
        """Close all pages, and remove what the browser keeps of them except for its cache."""
        for page in self.profile.pages[1:]:
            url = page.url
            page.close()
            self._forget(url, _STORAGE)
        self.page = None
        self.profile.clear_cookies()
        self.profile.clear_permissions()

    def _forget(self, url: str, kinds: str) -> None:
        parts = urlsplit(url)
        if parts.netloc:
            devtools = self.profile.new_cdp_session(self._first)
            origin = f"{parts.scheme}://{parts.netloc}"
            devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": kinds})
            devtools.detach()
