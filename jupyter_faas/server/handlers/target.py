"""``faas/api/target`` and ``faas/api/targets``: choose the default target, and add a target."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class TargetHandler(FaasHandler):
    """PUT ``faas/api/target`` ``{"name"}``: status.json with the new default target."""

    @authenticated
    @authorized
    async def put(self) -> None:
        name = self.required_string("name")
        await self.ask_default(lambda workspace: workspace.use_target(name))
        self.finish(await self.ask_default(lambda workspace: workspace.status()))


class ProfilesHandler(FaasHandler):
    """GET ``faas/api/targets/profiles``: profiles.json, the kinds of hosts to choose from."""

    @authenticated
    @authorized
    async def get(self) -> None:
        from jupyter_faas.workspace.targets.new_target import profiles

        found = await self.ask_default(lambda workspace: profiles(workspace.target_registry))
        self.finish({"profiles": found})


class TargetsHandler(FaasHandler):
    """POST ``faas/api/targets`` ``{"name", "profile", "source", …, "force"}``: target_check.json.

    This adds a target, if it answers and accepts its key, or with ``force`` in any case. ``source``
    is where its key comes from. ``tool``: the login of the command line tool of the host.
    ``variable``: an environment variable, with the keys ``apihost`` and ``variable``. ``typed``:
    the keys ``apihost`` and ``key``; the key is stored in a file that only the user can read. If
    the tool has the keys of several accounts, ``account`` is the id of one of them. Optional keys
    are ``namespace``, ``ca``, ``model_store`` and ``model_store_url``. An error that concerns a
    field has its key as ``field``.
    """

    @authenticated
    @authorized
    async def post(self) -> None:
        from jupyter_faas.workspace.targets.new_target import TargetForm, add_from_form

        form, force = TargetForm.from_json(self.body()), self.boolean("force")
        found = await self.ask_default(
            lambda workspace: add_from_form(workspace.target_registry, form, force=force)
        )
        self.set_status(201)
        self.finish({**found.to_json(), "lines": list(found.lines)})


ROUTES = (
    (r"faas/api/target", TargetHandler),
    (r"faas/api/targets", TargetsHandler),
    (r"faas/api/targets/profiles", ProfilesHandler),
)
