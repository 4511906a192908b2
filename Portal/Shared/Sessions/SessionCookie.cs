using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Portal;

/// <summary>The cookie that says who is signed in. Each request asks the account's grain whether the session goes on.</summary>
internal static class SessionCookie
{
    public static void Configure(CookieAuthenticationOptions cookie, SiteOptions site)
    {
        cookie.Cookie.Name = $"__Host-headgate-{site.Name}";
        cookie.Cookie.Path = "/";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.Always;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.ExpireTimeSpan = site.SessionLifetime;
        cookie.SlidingExpiration = false;
        cookie.LoginPath = "/sign-in";
        cookie.LogoutPath = "/sign-out";
        cookie.AccessDeniedPath = "/account/password";
        cookie.ReturnUrlParameter = "return";
        cookie.Events.OnValidatePrincipal = ValidateAsync;
    }

    /// <summary>Signs the user in on this response.</summary>
    public static async Task<SessionUser> SignInAsync(HttpContext context, AccountInfo account, string stamp)
    {
        var site = context.RequestServices.GetRequiredService<SiteOptions>();
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var user = SessionUser.Of(account, stamp, now + site.SessionLifetime);
        await context.SignInAsync(user.ToPrincipal(CookieAuthenticationDefaults.AuthenticationScheme));
        return user;
    }

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        if (context.Principal is not null
            && SessionUser.From(context.Principal) is { } user
            && user.Role == services.GetRequiredService<SiteOptions>().Role
            && await IsOpenAsync(services.GetRequiredService<IClusterClient>(), user, context.HttpContext.RequestAborted))
        {
            return;
        }

        context.RejectPrincipal();
    }

    private static async Task<bool> IsOpenAsync(IClusterClient grains, SessionUser user, CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetGrain<IAccountGrain>(user.Account).CheckAsync(user.Stamp, cancellationToken);
        }
        catch (RefusedException)
        {
            return false;
        }
    }
}
