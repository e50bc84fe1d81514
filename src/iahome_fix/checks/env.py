"""Link env: is the configuration there and coherent? Judged from the values alone, nothing is asked."""

from __future__ import annotations

from iahome_fix.checks.context import Context
from iahome_fix.checks.registry import check
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Kind, fail, ok, skipped, warn
from iahome_fix.settings import public_leaks
from iahome_fix.settings.shapes import judge


@check("env.files", N_("the env files can be read"))
def files(ctx: Context) -> Finding:
    """A line that cannot be read is left out by Next.js without a word: its variable is then missing."""
    problems = ctx.settings.problems
    if not problems:
        return ok(
            _("read: {files}").format(files=", ".join(ctx.settings.files_read) or _("the environment only"))
        )
    said = "; ".join(problem.message for problem in problems)
    return (fail if any(problem.serious for problem in problems) else warn)(said)


@check("env.site-url", N_("the site's address is known"))
def site_url(ctx: Context) -> Finding:
    """Success pages and self-calls of the app use it. Repair: set it to the public origin, build anew."""
    return _judged(ctx, "NEXT_PUBLIC_APP_URL", missing="default")


@check("env.supabase-url", N_("the Supabase address is right"))
def supabase_url(ctx: Context) -> Finding:
    """It must be the project's origin, without a path. Repair: set it and build anew; it is inlined at
    build time.
    """
    return _judged(ctx, "NEXT_PUBLIC_SUPABASE_URL")


@check("env.service-role-key", N_("the server has the service role key"))
def service_role_key(ctx: Context) -> Finding:
    """Without it, or with the anon key in its place, the server writes nothing and gets no error.

    Repair: the key of the same project, on the server only. Never: a name that starts with NEXT_PUBLIC_.
    """
    return _judged(ctx, "SUPABASE_SERVICE_ROLE_KEY")


@check("env.anon-key", N_("the public key is the public one"))
def anon_key(ctx: Context) -> Finding:
    """The browser uses it. Missing here it is only not looked at: the app of the guide's time has it built
    in.
    """
    return _judged(ctx, "NEXT_PUBLIC_SUPABASE_ANON_KEY", missing="skip")


@check("env.stripe-secret-key", N_("the Stripe key is there and of the right mode"))
def stripe_secret_key(ctx: Context) -> Finding:
    """Without it the webhook's module fails at import and every delivery gets a 500."""
    return _judged(ctx, "STRIPE_SECRET_KEY")


@check("env.stripe-webhook-secret", N_("the webhook secret is there and clean"))
def stripe_webhook_secret(ctx: Context) -> Finding:
    """A blank or a line end becomes part of the key, and each signature is refused.

    Repair: the secret of the endpoint that delivers. Never: skip the verification.
    """
    return _judged(ctx, "STRIPE_WEBHOOK_SECRET")


@check("env.public-leak", N_("no secret is public"), kind=Kind.SECURITY)
def public_leak(ctx: Context) -> Finding:
    """A NEXT_PUBLIC_ variable ships to every browser; an env file in git goes to everyone with the code."""
    leaks = public_leaks(ctx.settings)
    if not leaks:
        return ok(_("none found"))
    said = "; ".join(leak.sentence for leak in leaks)
    return (fail if any(leak.severity == "fail" for leak in leaks) else warn)(said)


def _judged(ctx: Context, name: str, *, missing: str = "fail") -> Finding:
    value = ctx.settings.get(name)
    if value is None and missing == "skip":
        return skipped(_("{name} is not set").format(name=name), not_asked=True, variables=[name])
    if value is None and missing == "default":
        return ok(_("not set; {url} is taken").format(url=ctx.settings.site_url))
    if value is None:
        return fail(
            _("{name} is not set").format(name=name),
            hint=_("set it where the app runs, restart the app, and give this tool the same env file"),
            variables=[name],
        )
    stains = ctx.fact("shapes", lambda: judge(ctx.settings)).get(name, ())
    where = value.source.place
    if not stains:
        return ok(_("{name} is well formed ({where})").format(name=name, where=where))
    said = "; ".join(stain.sentence for stain in stains)
    bad = any(stain.severity == "fail" for stain in stains)
    return (fail if bad else warn)(said, source=where, codes=[stain.code for stain in stains])


CHECKS = (
    files,
    site_url,
    supabase_url,
    service_role_key,
    anon_key,
    stripe_secret_key,
    stripe_webhook_secret,
    public_leak,
)
