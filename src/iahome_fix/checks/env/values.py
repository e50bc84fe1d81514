"""The checks of link env: each variable by its look, and whether one is public."""

from __future__ import annotations

import shlex

from iahome_fix.checks.env.variables import stains
from iahome_fix.checks.registry import check
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _, joined
from iahome_fix.model import Finding, Kind, fail, ok, skipped, warn
from iahome_fix.settings import names, public_leaks
from iahome_fix.settings.replacing import in_order, replacements

# What follows where the app gets no usable value of a variable.
_SO = {
    names.SITE_URL: N_("Buyers do not come back to the site then, and the calls of the app to itself fail."),
    names.SUPABASE_URL: N_("The app does not reach its database then."),
    names.SERVICE_KEY: N_("The server can then neither find a customer nor grant a module."),
    names.ANON_KEY: N_("The pages of the site cannot read anything then."),
    names.STRIPE_KEY: N_("The webhook fails then, or Stripe sends it nothing of what is paid."),
    names.SIGNING_KEY: N_("The app then refuses every event that Stripe sends."),
}


@check("env.files", N_("the env files can be read"))
def files(ctx: Seen) -> Finding:
    """A line that cannot be read is left out by Next.js without a word: its variable is then missing.

    Found by: reading the files line by line as Next.js does: quotes, line ends, `$` references, encoding.
    Repair: write the line that the finding names anew, as one `NAME=value` with its quotes closed; build and
    start the app again. Never: quote the line to show what is wrong; it may be a key pasted alone.
    """
    problems = ctx.settings.problems
    if not problems:
        return ok(
            _("read: {files}").format(files=", ".join(ctx.settings.files_read) or _("the environment only"))
        )
    said = joined(*(problem.message for problem in problems))
    return (fail if any(problem.serious for problem in problems) else warn)(said)


@check("env.site-url", N_("the site's address is known"))
def site_url(ctx: Seen) -> Finding:
    """The page after the payment, and the app's calls to itself, are built from it.

    Found by: the look of NEXT_PUBLIC_APP_URL and its other names: https, a public host, no path, all alike.
    Repair: set all of its names to the public origin and build the app anew; a restart is not enough.
    Never: conclude that a payment failed because the browser did not come back.
    """
    return _judged(ctx, "NEXT_PUBLIC_APP_URL", missing="default")


@check("env.supabase-url", N_("the Supabase address is right"))
def supabase_url(ctx: Seen) -> Finding:
    """Every read and every write of the app goes to this address.

    Found by: its look: https, the host of a project or a custom domain, no path, no placeholder; and whether
    keys and database name the same project.
    Repair: copy it from the project's settings and build the app anew; it is part of the build.
    Never: report tables as missing while the address is wrong.
    """
    return _judged(ctx, "NEXT_PUBLIC_SUPABASE_URL")


@check("env.service-role-key", N_("the server has the service role key"))
def service_role_key(ctx: Seen) -> Finding:
    """Without it, or with the anon key in its place, the server writes nothing and gets no error.

    Found by: its look: the role and the project inside the JWT, or the prefix `sb_secret_`; nothing is asked.
    Repair: set the key of the same project, on the server only, and restart.
    Never: a name that starts with NEXT_PUBLIC_; a policy for anon to make up for it.
    """
    return _judged(ctx, "SUPABASE_SERVICE_ROLE_KEY")


@check("env.anon-key", N_("the public key is the public one"))
def anon_key(ctx: Seen) -> Finding:
    """The browser uses it. Missing here it is only not looked at: the app's version with module_access
    has it built in.

    Found by: its look: the role and the project inside the JWT, or the prefix `sb_publishable_`.
    Repair: set the public key of the same project and build the app anew.
    Never: the service role key in its place; every visitor would have it.
    """
    return _judged(ctx, "NEXT_PUBLIC_SUPABASE_ANON_KEY", missing="skip")


@check("env.stripe-secret-key", N_("the Stripe key is there and of the right mode"))
def stripe_secret_key(ctx: Seen) -> Finding:
    """Without it the webhook's module fails at import and every delivery gets a 500.

    Found by: its look: the prefix, and the same mode (live or test) as the publishable key.
    Repair: set the secret key of the mode that customers pay in, restart, then `reconcile`.
    Never: grant from payments of the test mode.
    """
    return _judged(ctx, "STRIPE_SECRET_KEY")


@check("env.stripe-webhook-secret", N_("the webhook secret is there and clean"))
def stripe_webhook_secret(ctx: Seen) -> Finding:
    """A blank or a line end becomes part of the key, and each signature is refused.

    Found by: its look: `whsec_`, and nothing around it. Whether the deployed app has the same one is asked by
    site.webhook-secret. Repair: set the secret of the endpoint that delivers, restart, then `reconcile`.
    Never: skip the verification; make a second endpoint only to get a secret.
    """
    return _judged(ctx, "STRIPE_WEBHOOK_SECRET")


@check("env.public-leak", N_("no secret is public"), kind=Kind.SECURITY)
def public_leak(ctx: Seen) -> Finding:
    """A NEXT_PUBLIC_ variable ships to every browser; an env file in git goes to everyone with the code.

    Found by: the look of every NEXT_PUBLIC_ variable, its name where no look tells (a JWT secret, a database
    password), and `git ls-files` for the env files that were read.
    Repair: make the new secret and set it under a name that is not public, deploy, then end the old one; the
    report says where and in which order. Supabase: a service role JWT gives way to an `sb_secret_` key, then
    the legacy keys are disabled (the anon JWT ends with it); an `sb_secret_` key is deleted once the next one
    works; the JWT secret by signing keys; the database password without an overlap; an access token at once.
    Stripe: roll a key (`sk_`, `rk_`) with an end for the old one, a signing secret with 24 hours of overlap.
    Then git: `git rm --cached FILE`, and the file in .gitignore.
    Never: only rename the variable or delete the file; the old secret stays in builds and in git's history.
    """
    leaks = public_leaks(ctx.settings)
    if not leaks:
        return ok(_("no secret was found in a NEXT_PUBLIC_ variable, and no env file in git"))
    said = joined(*(leak.sentence for leak in leaks))
    tracked = [leak.what for leak in leaks if leak.code == "tracked-file"]
    if all(leak.severity == "warn" for leak in leaks):
        return warn(said, hint=_out_of_git(tracked))
    found = replacements((secret for leak in leaks for secret in leak.secrets), ctx.settings.project_ref)
    if len({leak.code for leak in leaks}) > 1:
        last = joined(_out_of_builds(), _out_of_git(tracked))
    else:
        last = _out_of_git(tracked) if tracked else _out_of_builds()
    return fail(
        said,
        hint=in_order(found, last),
        replace=[one.as_json() for one in found],
    )


def _out_of_git(paths: list[str]) -> str:
    return _(
        "take it out of git (git rm --cached {paths}) and name it in .gitignore; the history keeps what stood"
        " in it"
    ).format(paths=" ".join(map(shlex.quote, paths)))


def _out_of_builds() -> str:
    return _(
        "give it a name without NEXT_PUBLIC_, and build anew; old builds, and git's history if it was ever"
        " committed, keep the old one"
    )


def _judged(ctx: Seen, name: str, *, missing: str = "fail") -> Finding:
    value = ctx.settings.get(name)
    if value is None and missing == "skip":
        return skipped(_("{name} is not set").format(name=name), not_asked=True, variables=[name])
    if value is None and missing == "default":
        return ok(_("not set; {url} is taken").format(url=ctx.settings.site_url))
    found = stains(ctx).get(name, ())
    said = joined(*(stain.sentence for stain in found))
    if value is None and not ctx.settings.has_app_file:
        return skipped(_not_here(ctx, name), hint=_to_be_asked(ctx), variables=[name])
    if value is None:
        hint = f"{_repair(name, _('set it here'))}. {_to_be_asked(ctx)}"
        return fail(f"{said} {_(_SO[name])}", hint=hint, variables=[name])
    where = value.source.place
    if not found:
        return ok(_("{name} is well formed ({where})").format(name=name, where=where))
    codes = [stain.code for stain in found]
    if any(stain.severity == "fail" for stain in found):
        hint = _repair(name, _("correct it in {where}").format(where=where))
        return fail(f"{said} {_(_SO[name])}", hint=hint, source=where, codes=codes)
    return warn(said, source=where, codes=codes)


def _not_here(ctx: Seen, name: str) -> str:
    """Not set, where no env file of the app was found: that says nothing of the app."""
    said = _("{name} is not set, and no env file of the app was found here: the variable was not looked at")
    if ctx.settings.above is not None:
        said = _("{name} is not set here: the variable was not looked at; {file} is an env file of the app")
    return said.format(name=name, file=ctx.settings.above)


def _to_be_asked(ctx: Seen) -> str:
    if ctx.settings.above is not None and not ctx.settings.has_app_file:
        command = ctx.settings.command("doctor", "--env-file", str(ctx.settings.above))
        return _("with that file: {command}").format(command=command)
    return _("this command asks for it and says where it is found: {command}").format(
        command=ctx.settings.command("init")
    )


def _repair(name: str, first: str) -> str:
    """What to do about a variable; `first` is the beginning of the sentence."""
    if names.is_public(name):
        return _(
            "{first} and where the app is built, then build it anew: a restart alone changes nothing"
        ).format(first=first)
    return _("{first} and where the app runs, then restart the app").format(first=first)
